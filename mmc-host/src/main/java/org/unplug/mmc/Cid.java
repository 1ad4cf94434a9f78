package org.unplug.mmc;

/**
 * The card identification register (SD Physical Layer, section 5.2; eMMC, section 7.2).
 *
 * @param raw all 128 bits
 * @param manufacturer MID
 * @param oem OID: two characters, or two hexadecimal digits of an MMC
 * @param name PNM: five characters, six of an MMC
 * @param revision PRV, two BCD digits
 * @param serial PSN, 32 bits unsigned
 * @param year of manufacture
 * @param month of manufacture, 1 to 12
 */
public record Cid(
        RegisterBits raw, int manufacturer, String oem, String name, int revision, long serial, int year, int month) {

    private static final int OEM_CHARS = 2;
    private static final int NAME_CHARS = 5;
    private static final int MMC_NAME_CHARS = 6;

    public static Cid decode(RegisterBits raw) {
        return new Cid(
                raw,
                (int) raw.field(120, 8),
                text(raw, 104, OEM_CHARS),
                text(raw, 64, NAME_CHARS),
                (int) raw.field(56, 8),
                raw.field(24, 32),
                2000 + (int) raw.field(12, 8),
                (int) raw.field(8, 4));
    }

    /**
     * Reads that of an MMC or eMMC.
     *
     * @param revision EXT_CSD_REV, which says how years are counted; 0 for a card without EXT_CSD
     */
    public static Cid decodeMmc(RegisterBits raw, int revision) {
        int year = 1997 + (int) raw.field(8, 4);
        boolean wrapped = revision >= 5 && year < 2010;
        return new Cid(
                raw,
                (int) raw.field(120, 8),
                String.format("%02x", raw.field(104, 8)),
                text(raw, 56, MMC_NAME_CHARS),
                (int) raw.field(48, 8),
                raw.field(16, 32),
                wrapped ? year + 16 : year,
                (int) raw.field(12, 4));
    }

    /** Makes that of an eMMC of the years 2013 to 2025, checksum included. */
    public static Cid encodeMmc(
            int manufacturer, int oem, String name, int revision, long serial, int year, int month) {
        RegisterBits bits = new RegisterBits(0, 0)
                .with(120, 8, manufacturer)
                .with(112, 2, 1)
                .with(104, 8, oem)
                .with(48, 8, revision)
                .with(16, 32, serial)
                .with(12, 4, month)
                .with(8, 4, (year - 1997) & 0xf);
        return decodeMmc(put(bits, 56, MMC_NAME_CHARS, name).sealed(), 8);
    }

    /** Makes the register, checksum included; texts are cut or filled with blanks to their length. */
    public static Cid encode(
            int manufacturer, String oem, String name, int revision, long serial, int year, int month) {
        RegisterBits bits = new RegisterBits(0, 0)
                .with(120, 8, manufacturer)
                .with(56, 8, revision)
                .with(24, 32, serial)
                .with(12, 8, year - 2000L)
                .with(8, 4, month);
        return decode(put(put(bits, 104, OEM_CHARS, oem), 64, NAME_CHARS, name).sealed());
    }

    private static RegisterBits put(RegisterBits bits, int lowest, int chars, String text) {
        RegisterBits result = bits;
        for (int i = 0; i < chars; i++) {
            int c = i < text.length() ? text.charAt(i) & 0x7f : ' ';
            result = result.with(lowest + 8 * (chars - 1 - i), 8, c);
        }
        return result;
    }

    private static String text(RegisterBits raw, int lowest, int chars) {
        StringBuilder text = new StringBuilder(chars);
        for (int i = chars - 1; i >= 0; i--) {
            char c = (char) raw.field(lowest + 8 * i, 8);
            text.append(c >= ' ' && c < 0x7f ? c : '?');
        }
        return text.toString().stripTrailing();
    }

    /** As "0x1234abcd". */
    public String serialText() {
        return String.format("0x%08x", serial);
    }
}
