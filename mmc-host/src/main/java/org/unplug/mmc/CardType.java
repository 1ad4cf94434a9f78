package org.unplug.mmc;

/** Families of cards, by capacity and addressing (SD Physical Layer, section 3.3.2; eMMC, section 6.4.3). */
public enum CardType {
    /** Standard capacity: up to 2 GiB, addressed in bytes, CSD version 1. */
    SDSC("SD", 2L << 30, false),
    /** High capacity: up to 32 GiB, addressed in blocks, CSD version 2. */
    SDHC("SDHC", 32L << 30, true),
    /** Extended capacity: up to 2 TiB, addressed in blocks, CSD version 2. */
    SDXC("SDXC", 2L << 40, true),
    /** Ultra capacity: up to 128 TiB, CSD version 3. */
    SDUC("SDUC", 128L << 40, true),
    /** A MultiMediaCard, or a small eMMC: up to 2 GiB, addressed in bytes. */
    MMC("MMC", 2L << 30, false),
    /** An eMMC above that: addressed in blocks, its capacity is in EXT_CSD. */
    EMMC("eMMC", 2L << 40, true);

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

    /** Whether it is an SD card; the others start up with CMD1 and have an EXT_CSD register. */
    public boolean isSd() {
        return this != MMC && this != EMMC;
    }

    /** Whether addresses are longer than the 32 bits of an argument: CMD22 carries the rest. */
    public boolean isAddressExtended() {
        return this == SDUC;
    }

    /** The SD type that the specification allots to a capacity; beyond all of them the largest. */
    public static CardType forBytes(long bytes) {
        for (CardType type : values()) {
            if (type.isSd() && bytes <= type.mostBytes) {
                return type;
            }
        }
        return SDUC;
    }
}
