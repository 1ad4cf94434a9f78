package org.unplug.mmc;

/**
 * The SD configuration register (SD Physical Layer, section 5.6).
 *
 * @param raw all 64 bits
 * @param structure of the register, 0 for version 1.0
 * @param spec SD_SPEC: 0 for physical layer 1.01, 1 for 1.10, 2 for 2.00 and later
 * @param fourBit whether four data lines are had
 * @param setBlockCount whether CMD23 is had
 * @param erasedByte what an erased block reads as: 0 or 0xff
 */
public record Scr(long raw, int structure, int spec, boolean fourBit, boolean setBlockCount, int erasedByte) {

    public static Scr decode(long raw) {
        RegisterBits bits = new RegisterBits(0, raw);
        return new Scr(
                raw,
                (int) bits.field(60, 4),
                (int) bits.field(56, 4),
                (bits.field(48, 4) & 4) != 0,
                bits.field(33, 1) != 0,
                bits.field(55, 1) == 0 ? 0 : 0xff);
    }

    /** Physical layer 3.0x with one line and perhaps four. */
    public static Scr encode(boolean fourBit, boolean setBlockCount) {
        return decode(new RegisterBits(0, 0)
                .with(56, 4, 2)
                .with(48, 4, fourBit ? 5 : 1)
                .with(47, 1, 1)
                .with(33, 1, setBlockCount ? 1 : 0)
                .low());
    }

    /** Whether CMD6, the switch function, is had. */
    public boolean hasSwitch() {
        return spec >= 1;
    }
}
