package org.unplug.mmc.spi;

/** The kinds of response (SD Physical Layer, section 4.9). */
public enum ResponseType {
    /** None at all. */
    NONE(0, false, false, false),
    /** Card status. */
    R1(48, true, true, false),
    /** Card status, then busy on the data line: the adapter completes when busy has ended. */
    R1B(48, true, true, true),
    /** CID or CSD. */
    R2(136, true, false, false),
    /** OCR. */
    R3(48, false, false, false),
    /** The card's published address and a part of its status. */
    R6(48, true, true, false),
    /** Interface condition. */
    R7(48, true, true, false);

    private final int bits;
    private final boolean crc;
    private final boolean opcode;
    private final boolean busy;

    ResponseType(int bits, boolean crc, boolean opcode, boolean busy) {
        this.bits = bits;
        this.crc = crc;
        this.opcode = opcode;
        this.busy = busy;
    }

    /** Its length on the line; 0 for none. */
    public int bits() {
        return bits;
    }

    public boolean hasCrc() {
        return crc;
    }

    public boolean hasOpcode() {
        return opcode;
    }

    public boolean hasBusy() {
        return busy;
    }
}
