package org.unplug.driver.mmcsim;

import java.io.IOException;
import org.unplug.mmc.CardType;
import org.unplug.mmc.Cid;
import org.unplug.mmc.Csd;
import org.unplug.mmc.ExtCsd;
import org.unplug.mmc.Scr;
import org.unplug.mmc.sim.CardSpec;

/**
 * What a card says of itself, fixed when it was made.
 *
 * @param spec what was asked for
 * @param type what it is
 * @param cid who it is
 * @param csd what it can do
 * @param scr the same, of an SD card; else null
 * @param capacityBytes of the user area
 */
record Identity(CardSpec spec, CardType type, Cid cid, Csd csd, Scr scr, long capacityBytes) {

    /** Sampling points at which this card is heard well, of {@value #POINTS}. */
    static final int GOOD_POINTS = 5;

    static final int POINTS = 16;

    static final int BOOT_BYTES = 8 * ExtCsd.AREA_UNIT_BYTES;
    static final int RPMB_BYTES = 4 * ExtCsd.AREA_UNIT_BYTES;
    static final int CACHE_BLOCKS = 1024;

    /**
     * Makes one for a card over so many bytes.
     *
     * @throws IOException in one line, if such a card cannot have that size
     */
    static Identity of(CardSpec spec, long mediaBytes) throws IOException {
        CardType type = spec.type() == null ? CardType.forBytes(mediaBytes) : spec.type();
        String what = spec.image() == null ? "a card in memory" : "image " + spec.image();
        long unit = type.isBlockAddressed() ? Csd.UNIT_BYTES : 2048;
        if (mediaBytes < unit) {
            throw new IOException(
                    what + " of " + mediaBytes + " bytes is too small for " + type.text() + ": the least is " + unit);
        }
        if (mediaBytes > type.mostBytes()) {
            throw new IOException(what + " of " + mediaBytes + " bytes is too large for " + type.text()
                    + ": the most is " + type.mostBytes());
        }
        Csd csd = switch (type) {
            case SDSC -> Csd.encodeStandard(mediaBytes, false);
            case SDHC, SDXC -> Csd.encodeHigh(mediaBytes / unit * unit, false);
            case SDUC -> Csd.encodeUltra(mediaBytes / unit * unit);
            // An eMMC says its size in EXT_CSD, whatever it is.
            case EMMC -> Csd.encodeMmc(CardType.MMC.mostBytes() + 1);
            case MMC -> Csd.encodeMmc(mediaBytes);
        };
        long bytes = type == CardType.EMMC ? mediaBytes / unit * unit : csd.capacityBytes();
        return new Identity(spec, type, cid(spec, type), csd, type.isSd() ? Scr.encode(true, true) : null, bytes);
    }

    private static Cid cid(CardSpec spec, CardType type) {
        long derived = spec.image() == null
                ? spec.bytes()
                : spec.image().toAbsolutePath().toString().hashCode();
        long serial = spec.serial() != 0 ? spec.serial() : derived & 0xffffffffL;
        return type.isSd()
                ? Cid.encode(0x55, "UP", type == CardType.SDSC ? "SIMSD" : "SIMHC", 0x10, serial, 2026, 1)
                : Cid.encodeMmc(0x55, 0x55, "SIMMMC", 0x10, serial, 2025, 1);
    }

    /** From which point on it is heard well; never the first, where an adapter that has not looked for it samples. */
    int firstGoodPoint() {
        return 2 + (int) (cid.serial() % (POINTS - GOOD_POINTS - 2));
    }

    /** EXT_CSD as it is after power-up; null for an SD card. */
    byte[] extCsd() {
        if (type.isSd()) {
            return null;
        }
        byte[] bytes = new byte[ExtCsd.BYTES];
        long sectors = capacityBytes / Cells.BLOCK_BYTES;
        for (int i = 0; i < 4; i++) {
            bytes[ExtCsd.SEC_COUNT + i] = (byte) (sectors >>> (8 * i));
        }
        int cacheKbit = CACHE_BLOCKS * Cells.BLOCK_BYTES * 8 / 1024;
        bytes[ExtCsd.CACHE_SIZE] = (byte) cacheKbit;
        bytes[ExtCsd.CACHE_SIZE + 1] = (byte) (cacheKbit >>> 8);
        bytes[ExtCsd.EXT_CSD_REV] = 8;
        bytes[ExtCsd.DEVICE_TYPE] = 0x13;
        bytes[ExtCsd.BOOT_SIZE_MULT] = BOOT_BYTES / ExtCsd.AREA_UNIT_BYTES;
        bytes[ExtCsd.RPMB_SIZE_MULT] = RPMB_BYTES / ExtCsd.AREA_UNIT_BYTES;
        bytes[ExtCsd.HC_ERASE_GRP_SIZE] = 1;
        bytes[ExtCsd.ERASE_TIMEOUT_MULT] = 1;
        bytes[ExtCsd.SEC_FEATURE_SUPPORT] = 0x10;
        bytes[ExtCsd.GENERIC_CMD6_TIME] = 10;
        bytes[ExtCsd.PARTITION_SWITCH_TIME] = 3;
        bytes[ExtCsd.POWER_OFF_LONG_TIME] = 50;
        bytes[ExtCsd.PRE_EOL_INFO] = 1;
        bytes[ExtCsd.MAX_PACKED_WRITES] = 32;
        bytes[ExtCsd.MAX_PACKED_READS] = 32;
        bytes[ExtCsd.DEVICE_LIFE_TIME_EST_TYP_A] = 1;
        bytes[ExtCsd.DEVICE_LIFE_TIME_EST_TYP_B] = 1;
        return bytes;
    }
}
