package org.unplug.mmc;

/**
 * The card specific data register (SD Physical Layer, section 5.3, in its three versions; eMMC, section 7.3).
 *
 * @param raw all 128 bits
 * @param version 1 for standard, 2 for high and extended, 3 for ultra capacity; of an MMC its SPEC_VERS
 * @param capacityBytes decoded from C_SIZE
 * @param readBlockBytes 2 to the READ_BL_LEN
 * @param transferKbits highest rate of one line in kilobits a second, from TRAN_SPEED
 * @param commandClasses CCC, a bit for each class
 * @param writeFactor R2W_FACTOR: a write takes this many times as long as a read
 * @param eraseGroupBlocks what an erase takes at once, in blocks of 512 bytes
 * @param protectGroupBlocks what CMD28 protects at once, in blocks of 512 bytes; 0 if it is not had
 * @param permanentWriteProtect for ever
 * @param temporaryWriteProtect until changed
 */
public record Csd(
        RegisterBits raw,
        int version,
        long capacityBytes,
        int readBlockBytes,
        int transferKbits,
        int commandClasses,
        int writeFactor,
        int eraseGroupBlocks,
        int protectGroupBlocks,
        boolean permanentWriteProtect,
        boolean temporaryWriteProtect) {

    /** Version 2 counts in these. */
    public static final int UNIT_BYTES = 512 << 10;

    /** Classes 0, 2, 4, 5, 7, 8, 10: what a card with CMD6 has. */
    private static final int CLASSES = 0x5b5;

    private static final int CLASS_PROTECT = 1 << 6;
    /** Classes 0, 2, 4, 5, 6, 7. */
    private static final int CLASSES_MMC = 0x0f5;

    private static final int TRAN_SPEED_25_MHZ = 0x32;
    private static final int TAAC_1_MS = 0x0e;
    private static final int[] TENTHS = {0, 10, 12, 13, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 70, 80};

    /**
     * Reads a register.
     *
     * @throws IllegalArgumentException if the structure's version is unknown
     */
    public static Csd decode(RegisterBits raw) {
        int structure = (int) raw.field(126, 2);
        long bytes = switch (structure) {
            case 0 -> (raw.field(62, 12) + 1) << (raw.field(47, 3) + 2 + raw.field(80, 4));
            case 1 -> (raw.field(48, 22) + 1) * UNIT_BYTES;
            case 2 -> (raw.field(48, 28) + 1) * UNIT_BYTES;
            default -> throw new IllegalArgumentException("CSD of unknown structure " + structure);
        };
        int speed = (int) raw.field(96, 8);
        int unitKbits = (int) Math.pow(10, 2 + (speed & 3));
        int eraseUnit = ((int) raw.field(39, 7) + 1) << Math.max(0, (int) raw.field(22, 4) - 9);
        return new Csd(
                raw,
                structure + 1,
                bytes,
                1 << raw.field(80, 4),
                TENTHS[speed >> 3 & 15] * unitKbits / 10,
                (int) raw.field(84, 12),
                1 << raw.field(26, 3),
                eraseUnit,
                raw.field(31, 1) == 0 ? 0 : eraseUnit * ((int) raw.field(32, 7) + 1),
                raw.field(13, 1) != 0,
                raw.field(12, 1) != 0);
    }

    /** Reads that of an MMC or eMMC; the capacity of one above 2 GiB is in EXT_CSD instead. */
    public static Csd decodeMmc(RegisterBits raw) {
        int speed = (int) raw.field(96, 8);
        int eraseUnit = ((int) raw.field(42, 5) + 1) * ((int) raw.field(37, 5) + 1);
        return new Csd(
                raw,
                (int) raw.field(122, 4),
                (raw.field(62, 12) + 1) << (raw.field(47, 3) + 2 + raw.field(80, 4)),
                1 << raw.field(80, 4),
                TENTHS[speed >> 3 & 15] * (int) Math.pow(10, 2 + (speed & 3)) / 10,
                (int) raw.field(84, 12),
                1 << raw.field(26, 3),
                eraseUnit,
                raw.field(31, 1) == 0 ? 0 : eraseUnit * ((int) raw.field(32, 5) + 1),
                raw.field(13, 1) != 0,
                raw.field(12, 1) != 0);
    }

    /** Makes that of an MMC of version 4; above 2 GiB with the size that says: look into EXT_CSD. */
    public static Csd encodeMmc(long capacityBytes) {
        boolean large = capacityBytes > CardType.MMC.mostBytes();
        RegisterBits sized = large
                ? new RegisterBits(0, 0).with(80, 4, 9).with(62, 12, 0xfff).with(47, 3, 7)
                : sized(new RegisterBits(0, 0), capacityBytes);
        return decodeMmc(sized.with(126, 2, 3)
                .with(122, 4, 4)
                .with(112, 8, TAAC_1_MS)
                .with(96, 8, TRAN_SPEED_25_MHZ)
                .with(84, 12, CLASSES_MMC)
                .with(42, 5, 7)
                .with(37, 5, 15)
                .with(32, 5, 0)
                .with(31, 1, 1)
                .with(26, 3, 2)
                .with(22, 4, 9)
                .sealed());
    }

    /** Whether the card itself forbids writing. */
    public boolean isWriteProtected() {
        return permanentWriteProtect || temporaryWriteProtect;
    }

    /**
     * Makes version 2, or 3 where the capacity needs it.
     *
     * @throws IllegalArgumentException if that is not a positive multiple of 512 KiB
     */
    public static Csd encodeHigh(long capacityBytes, boolean writeProtect) {
        if (capacityBytes < UNIT_BYTES || capacityBytes % UNIT_BYTES != 0) {
            throw new IllegalArgumentException(
                    "CSD version 2 cannot say " + capacityBytes + " bytes: must be a positive multiple of 512 KiB");
        }
        return encode(capacityBytes / UNIT_BYTES, writeProtect, capacityBytes > CardType.SDXC.mostBytes());
    }

    /**
     * Makes version 3, whatever the capacity.
     *
     * @throws IllegalArgumentException if that is not a positive multiple of 512 KiB
     */
    public static Csd encodeUltra(long capacityBytes) {
        if (capacityBytes < UNIT_BYTES || capacityBytes % UNIT_BYTES != 0) {
            throw new IllegalArgumentException(
                    "CSD version 3 cannot say " + capacityBytes + " bytes: must be a positive multiple of 512 KiB");
        }
        return encode(capacityBytes / UNIT_BYTES, false, true);
    }

    private static Csd encode(long units, boolean writeProtect, boolean ultra) {
        return decode(common(writeProtect)
                .with(126, 2, ultra ? 2 : 1)
                .with(80, 4, 9)
                .with(48, ultra ? 28 : 22, units - 1)
                .sealed());
    }

    /**
     * Makes version 1, with the finest unit that reaches the capacity; what does not fill a unit is left out.
     *
     * @throws IllegalArgumentException below 2 KiB or above 2 GiB
     */
    public static Csd encodeStandard(long capacityBytes, boolean writeProtect) {
        if (capacityBytes < 2048 || capacityBytes > CardType.SDSC.mostBytes()) {
            throw new IllegalArgumentException(
                    "CSD version 1 cannot say " + capacityBytes + " bytes: must be from 2 KiB to 2 GiB");
        }
        return decode(
                sized(common(writeProtect).with(84, 12, CLASSES | CLASS_PROTECT).with(31, 1, 1), capacityBytes)
                        .sealed());
    }

    /** READ_BL_LEN, C_SIZE and C_SIZE_MULT for up to 2 GiB. */
    private static RegisterBits sized(RegisterBits bits, long capacityBytes) {
        int blockShift = capacityBytes > 1 << 30 ? 10 : 9;
        int mult = 0;
        while (mult < 7 && capacityBytes >> (mult + 2 + blockShift) > 4096) {
            mult++;
        }
        return bits.with(80, 4, blockShift)
                .with(62, 12, (capacityBytes >> (mult + 2 + blockShift)) - 1)
                .with(47, 3, mult);
    }

    private static RegisterBits common(boolean writeProtect) {
        return new RegisterBits(0, 0)
                .with(112, 8, TAAC_1_MS)
                .with(96, 8, TRAN_SPEED_25_MHZ)
                .with(84, 12, CLASSES)
                .with(46, 1, 1)
                .with(39, 7, 0x7f)
                .with(26, 3, 2)
                .with(22, 4, 9)
                .with(12, 1, writeProtect ? 1 : 0);
    }
}
