package org.unplug.mmc;

import java.util.HexFormat;

/**
 * The SD status, 512 bits, also called SSR (SD Physical Layer, section 4.10.2).
 *
 * @param widthBits data lines in use when it was read: 1 or 4
 * @param speedClass as printed on the card: 0, 2, 4, 6 or 10
 * @param uhsGrade 0, 1 or 3
 * @param videoClass 0, 6, 10, 30, 60 or 90
 * @param allocationUnitBytes what an erase takes at once; 0 if it does not say
 * @param eraseUnits how many allocation units the time-out is for; 0 if it does not say
 * @param eraseSeconds how long their erase takes at most
 * @param eraseOffsetSeconds to be added to that
 * @param discard whether CMD38 discards
 * @param hex all 64 bytes
 */
public record SdStatus(
        int widthBits,
        int speedClass,
        int uhsGrade,
        int videoClass,
        int allocationUnitBytes,
        int eraseUnits,
        int eraseSeconds,
        int eraseOffsetSeconds,
        boolean discard,
        String hex) {

    public static final int BYTES = 64;

    private static final int SMALLEST_UNIT_BYTES = 16 << 10;
    /** Beyond 4 MiB the codes go on unevenly. */
    private static final int[] LARGE_UNITS_MIB = {8, 12, 16, 24, 32, 64};

    private static final int[] SPEED_CLASSES = {0, 2, 4, 6, 10};

    /** Reads the register, 64 bytes from the array's beginning on. */
    public static SdStatus decode(byte[] bytes) {
        int speed = (int) field(bytes, 440, 8);
        return new SdStatus(
                field(bytes, 510, 2) == 2 ? 4 : 1,
                speed < SPEED_CLASSES.length ? SPEED_CLASSES[speed] : 10,
                (int) field(bytes, 396, 4),
                (int) field(bytes, 384, 8),
                unitBytes((int) field(bytes, 428, 4)),
                (int) field(bytes, 408, 16),
                (int) field(bytes, 402, 6),
                (int) field(bytes, 400, 2),
                field(bytes, 313, 1) != 0,
                HexFormat.of().formatHex(bytes, 0, BYTES));
    }

    /** Makes the register. Units of 16 KiB to 4 MiB, a power of two. */
    public static byte[] encode(
            int widthBits, int speedClass, int allocationUnitBytes, int eraseUnits, int eraseSeconds, boolean discard) {
        byte[] bytes = new byte[BYTES];
        put(bytes, 510, 2, widthBits == 4 ? 2 : 0);
        put(bytes, 440, 8, speedClass == 10 ? 4 : speedClass / 2);
        put(bytes, 428, 4, Integer.numberOfTrailingZeros(allocationUnitBytes / SMALLEST_UNIT_BYTES) + 1);
        put(bytes, 408, 16, eraseUnits);
        put(bytes, 402, 6, eraseSeconds);
        put(bytes, 313, 1, discard ? 1 : 0);
        return bytes;
    }

    private static int unitBytes(int code) {
        if (code == 0) {
            return 0;
        }
        return code <= 9 ? SMALLEST_UNIT_BYTES << (code - 1) : LARGE_UNITS_MIB[code - 10] << 20;
    }

    /** Bit 511 is the first on the line. */
    private static long field(byte[] bytes, int lowest, int width) {
        long value = 0;
        for (int bit = lowest + width - 1; bit >= lowest; bit--) {
            int fromFirst = BYTES * 8 - 1 - bit;
            value = value << 1 | (bytes[fromFirst / 8] >> (7 - fromFirst % 8) & 1);
        }
        return value;
    }

    private static void put(byte[] bytes, int lowest, int width, long value) {
        for (int i = 0; i < width; i++) {
            int fromFirst = BYTES * 8 - 1 - (lowest + i);
            if ((value >> i & 1) != 0) {
                bytes[fromFirst / 8] |= (byte) (1 << (7 - fromFirst % 8));
            }
        }
    }
}
