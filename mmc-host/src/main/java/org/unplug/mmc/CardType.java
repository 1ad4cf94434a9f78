package org.unplug.mmc;

/** Families of SD cards, by capacity and addressing (SD Physical Layer, section 3.3.2). */
public enum CardType {
    /** Standard capacity: up to 2 GiB, addressed in bytes, CSD version 1. */
    SDSC("SD", 2L << 30, false),
    /** High capacity: up to 32 GiB, addressed in blocks, CSD version 2. */
    SDHC("SDHC", 32L << 30, true),
    /** Extended capacity: up to 2 TiB, addressed in blocks, CSD version 2. */
    SDXC("SDXC", 2L << 40, true),
    /** Ultra capacity: up to 128 TiB, CSD version 3. */
    SDUC("SDUC", 128L << 40, true);

    private final String text;
    private final long mostBytes;
    private final boolean blockAddressed;

    CardType(String text, long mostBytes, boolean blockAddressed) {
        this.text = text;
        this.mostBytes = mostBytes;
        this.blockAddressed = blockAddressed;
    }

    /** As printed on the card. */
    public String text() {
        return text;
    }

    public long mostBytes() {
        return mostBytes;
    }

    /** Whether addresses count blocks of 512 bytes; otherwise they count bytes. */
    public boolean isBlockAddressed() {
        return blockAddressed;
    }

    /** The type that the specification allots to a capacity; beyond all of them the largest. */
    public static CardType forBytes(long bytes) {
        for (CardType type : values()) {
            if (bytes <= type.mostBytes) {
                return type;
            }
        }
        return SDUC;
    }
}
