package org.unplug.mmc;

import java.util.HexFormat;

/**
 * The extended CSD register of an MMC of version 4 or eMMC: 512 bytes (eMMC, section 7.4). The constants are its bytes' indices.
 *
 * @param revision EXT_CSD_REV: 5 for version 4.41, 6 for 4.5, 7 for 5.0, 8 for 5.1
 * @param sectors SEC_COUNT, of the user area
 * @param highSpeed whether 52 MHz are had
 * @param hs200 whether 200 MHz are had, at 1.8 V
 * @param eraseGroupBytes HC_ERASE_GRP_SIZE; 0 if it does not say
 * @param eraseMs most time that the erase of one group takes
 * @param trim whether single blocks can be erased
 * @param erasedByte what an erased block reads as: 0 or 0xff
 * @param bootBytes size of each of the two boot areas
 * @param rpmbBytes size of the replay protected area
 * @param cacheBytes size of the volatile cache; 0 for none
 * @param switchMs most time that a CMD6 takes
 * @param areaSwitchMs most time that a change of area takes
 * @param powerOffMs most time that a long power off notification takes; 0 if there is none
 * @param lifeTimeA DEVICE_LIFE_TIME_EST_TYP_A: tenths of its life that are used, 1 to 11; 0 if it does not say
 * @param lifeTimeB the same for the other type of cells
 * @param preEol PRE_EOL_INFO: 1 normal, 2 warning, 3 urgent; 0 if it does not say
 * @param packedWrites MAX_PACKED_WRITES: most writes that one packed command may carry; 0 for none. Such commands are never sent:
 *     the kernel had them and dropped them in version 4.15, since they gained too little for what they made of error recovery
 * @param packedReads MAX_PACKED_READS: the same for reads
 * @param hex all 512 bytes
 */
public record ExtCsd(
        int revision,
        long sectors,
        boolean highSpeed,
        boolean hs200,
        int eraseGroupBytes,
        int eraseMs,
        boolean trim,
        int erasedByte,
        long bootBytes,
        long rpmbBytes,
        long cacheBytes,
        int switchMs,
        int areaSwitchMs,
        int powerOffMs,
        int lifeTimeA,
        int lifeTimeB,
        int preEol,
        int packedWrites,
        int packedReads,
        String hex) {

    public static final int BYTES = 512;

    public static final int FLUSH_CACHE = 32;
    public static final int CACHE_CTRL = 33;
    public static final int POWER_OFF_NOTIFICATION = 34;
    public static final int RPMB_SIZE_MULT = 168;
    public static final int ERASE_GROUP_DEF = 175;
    public static final int PARTITION_CONFIG = 179;
    public static final int ERASED_MEM_CONT = 181;
    public static final int BUS_WIDTH = 183;
    public static final int HS_TIMING = 185;
    public static final int EXT_CSD_REV = 192;
    public static final int DEVICE_TYPE = 196;
    public static final int PARTITION_SWITCH_TIME = 199;
    public static final int SEC_COUNT = 212;
    public static final int ERASE_TIMEOUT_MULT = 223;
    public static final int HC_ERASE_GRP_SIZE = 224;
    public static final int BOOT_SIZE_MULT = 226;
    public static final int SEC_FEATURE_SUPPORT = 231;
    public static final int POWER_OFF_LONG_TIME = 247;
    public static final int GENERIC_CMD6_TIME = 248;
    public static final int CACHE_SIZE = 249;
    public static final int PRE_EOL_INFO = 267;
    public static final int DEVICE_LIFE_TIME_EST_TYP_A = 268;
    public static final int DEVICE_LIFE_TIME_EST_TYP_B = 269;
    public static final int MAX_PACKED_WRITES = 500;
    public static final int MAX_PACKED_READS = 501;

    /** Unit of the boot and replay protected areas' sizes. */
    public static final int AREA_UNIT_BYTES = 128 << 10;
    /** Unit of the erase group's size. */
    public static final int ERASE_UNIT_BYTES = 512 << 10;

    /** Of DEVICE_TYPE. */
    private static final int HIGH_SPEED_52 = 2;

    /** Of DEVICE_TYPE: with lines at 1.8 V. */
    private static final int HS200_LOW_VOLTAGE = 1 << 4;

    private static final int TRIM = 1 << 4;
    private static final int DEFAULT_SWITCH_MS = 500;

    /** Reads the register, 512 bytes from the array's beginning on. */
    public static ExtCsd decode(byte[] bytes) {
        return new ExtCsd(
                at(bytes, EXT_CSD_REV),
                word(bytes, SEC_COUNT),
                (at(bytes, DEVICE_TYPE) & HIGH_SPEED_52) != 0,
                (at(bytes, DEVICE_TYPE) & HS200_LOW_VOLTAGE) != 0,
                at(bytes, HC_ERASE_GRP_SIZE) * ERASE_UNIT_BYTES,
                at(bytes, ERASE_TIMEOUT_MULT) * 300,
                (at(bytes, SEC_FEATURE_SUPPORT) & TRIM) != 0,
                at(bytes, ERASED_MEM_CONT) == 0 ? 0 : 0xff,
                (long) at(bytes, BOOT_SIZE_MULT) * AREA_UNIT_BYTES,
                (long) at(bytes, RPMB_SIZE_MULT) * AREA_UNIT_BYTES,
                word(bytes, CACHE_SIZE) * 1024 / 8,
                tens(bytes, GENERIC_CMD6_TIME, DEFAULT_SWITCH_MS),
                tens(bytes, PARTITION_SWITCH_TIME, DEFAULT_SWITCH_MS),
                tens(bytes, POWER_OFF_LONG_TIME, 0),
                at(bytes, DEVICE_LIFE_TIME_EST_TYP_A),
                at(bytes, DEVICE_LIFE_TIME_EST_TYP_B),
                at(bytes, PRE_EOL_INFO),
                at(bytes, MAX_PACKED_WRITES),
                at(bytes, MAX_PACKED_READS),
                HexFormat.of().formatHex(bytes, 0, BYTES));
    }

    private static int at(byte[] bytes, int index) {
        return bytes[index] & 0xff;
    }

    private static long word(byte[] bytes, int index) {
        return at(bytes, index)
                | at(bytes, index + 1) << 8
                | at(bytes, index + 2) << 16
                | (long) at(bytes, index + 3) << 24;
    }

    private static int tens(byte[] bytes, int index, int otherwise) {
        return at(bytes, index) == 0 ? otherwise : at(bytes, index) * 10;
    }
}
