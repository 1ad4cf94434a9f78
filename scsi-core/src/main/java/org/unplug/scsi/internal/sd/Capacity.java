package org.unplug.scsi.internal.sd;

import java.nio.ByteBuffer;

/**
 * What READ CAPACITY says.
 *
 * @param blocks how many logical blocks there are
 * @param blockBytes how long each is
 * @param protection the type of protection information that the unit is formatted with, 0 for none
 * @param thin whether blocks can be unmapped
 * @param unmappedReadsZero whether those read as zeroes then
 */
record Capacity(long blocks, int blockBytes, int protection, boolean thin, boolean unmappedReadsZero) {

    static final int BYTES_10 = 8;
    static final int BYTES_16 = 32;
    private static final int LEAST_BYTES_16 = 12;
    private static final int THIN = 0x80;
    private static final int READS_ZERO = 0x40;

    static boolean is10(ByteBuffer data) {
        return data.remaining() >= BYTES_10;
    }

    /** Whether the 10 byte form says that there is more than it can. */
    static boolean isBeyond10(ByteBuffer data) {
        return data.getInt(0) == -1;
    }

    static Capacity of10(ByteBuffer data) {
        return new Capacity((data.getInt(0) & 0xFFFF_FFFFL) + 1, data.getInt(4), 0, false, false);
    }

    static boolean is16(ByteBuffer data) {
        return data.remaining() >= LEAST_BYTES_16;
    }

    /** A unit without blocks names -1 as its last. */
    static Capacity of16(ByteBuffer data) {
        int protect = data.remaining() > 12 ? data.get(12) : 0;
        int provisioning = data.remaining() > 14 ? data.get(14) : 0;
        return new Capacity(
                data.getLong(0) + 1,
                data.getInt(8),
                (protect & 1) == 0 ? 0 : (protect >> 1 & 7) + 1,
                (provisioning & THIN) != 0,
                (provisioning & READS_ZERO) != 0);
    }

    /** Why there can be no disk on it, or null. */
    String trouble() {
        if (blocks == 0) {
            return "it has zero blocks";
        }
        if (blockBytes < 512 || blockBytes > 4096 || Integer.bitCount(blockBytes) != 1) {
            return "its block of " + blockBytes + " bytes is not 512, 1024, 2048 or 4096";
        }
        if (blocks < 0 || blocks > Long.MAX_VALUE / blockBytes) {
            return "its " + Long.toUnsignedString(blocks) + " blocks of " + blockBytes
                    + " bytes are more than can be addressed";
        }
        return null;
    }

    int blockSectors() {
        return blockBytes / 512;
    }

    long sectors() {
        return blocks * blockSectors();
    }
}
