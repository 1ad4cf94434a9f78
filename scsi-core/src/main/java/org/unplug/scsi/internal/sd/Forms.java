package org.unplug.scsi.internal.sd;

import org.unplug.scsi.Cdb;

/**
 * Which forms of its commands a unit is spoken to in. Each builds a command descriptor block in place.
 *
 * @param transfer how blocks are moved
 * @param longFlush whether there may be more than 2^32 blocks to flush
 * @param discard how blocks are unmapped
 * @param zeroes how zeroes are written
 */
record Forms(Transfer transfer, boolean longFlush, Ranges discard, Ranges zeroes) {

    /** How blocks are moved. */
    enum Transfer {
        /** 6 bytes: a unit that is older than READ(10). */
        SIX,
        /** 10 bytes, or 16 where address or length need it. */
        TEN_OR_SIXTEEN,
        /** 32 bytes: a unit with type 2 protection, which takes no others. */
        THIRTY_TWO
    }

    /** How a command on a range of blocks, without data of the request's own, is done. */
    enum Ranges {
        NONE(0),
        UNMAP(0xFFFF_FFFFL),
        WRITE_SAME_16(0xFFFF_FFFFL),
        WRITE_SAME_16_UNMAP(0xFFFF_FFFFL),
        WRITE_SAME_32(0xFFFF_FFFFL),
        WRITE_SAME_32_UNMAP(0xFFFF_FFFFL),
        WRITE_SAME_10(Cdb.MAX_BLOCKS_10),
        WRITE_SAME_10_UNMAP(Cdb.MAX_BLOCKS_10);

        private final long mostBlocks;

        Ranges(long mostBlocks) {
            this.mostBlocks = mostBlocks;
        }

        /** Most blocks that one command can name. */
        long mostBlocks() {
            return mostBlocks;
        }
    }

    /** Most blocks that one READ or WRITE can name. */
    int mostBlocks() {
        return transfer == Transfer.SIX ? Cdb.MAX_BLOCKS_6 : Integer.MAX_VALUE;
    }

    int read(byte[] cdb, long lba, int blocks) {
        return switch (transfer) {
            case SIX -> Cdb.read6(cdb, lba, blocks);
            case TEN_OR_SIXTEEN -> Cdb.read(cdb, lba, blocks, false);
            case THIRTY_TWO -> Cdb.read32(cdb, lba, blocks, false);
        };
    }

    int write(byte[] cdb, long lba, int blocks, boolean fua) {
        return switch (transfer) {
            case SIX -> Cdb.write6(cdb, lba, blocks);
            case TEN_OR_SIXTEEN -> Cdb.write(cdb, lba, blocks, fua);
            case THIRTY_TWO -> Cdb.write32(cdb, lba, blocks, fua);
        };
    }

    int flush(byte[] cdb) {
        return Cdb.synchronizeCache(cdb, longFlush);
    }

    static int range(Ranges how, byte[] cdb, long lba, int blocks) {
        return switch (how) {
            case UNMAP -> Cdb.unmap(cdb, Cdb.UNMAP_LIST_BYTES);
            case WRITE_SAME_16 -> Cdb.writeSame16(cdb, lba, blocks, false);
            case WRITE_SAME_16_UNMAP -> Cdb.writeSame16(cdb, lba, blocks, true);
            case WRITE_SAME_32 -> Cdb.writeSame32(cdb, lba, blocks, false);
            case WRITE_SAME_32_UNMAP -> Cdb.writeSame32(cdb, lba, blocks, true);
            case WRITE_SAME_10 -> Cdb.writeSame10(cdb, lba, blocks, false);
            case WRITE_SAME_10_UNMAP -> Cdb.writeSame10(cdb, lba, blocks, true);
            case NONE -> throw new IllegalStateException("a unit that has no such command is given none");
        };
    }

    /** How to discard, from what the unit says it can; {@code writeSame} as for {@link #zeroes}. */
    static Ranges discard(Transfer transfer, Capacity capacity, BlockLimits limits, boolean writeSame) {
        if (!capacity.thin()) {
            return Ranges.NONE;
        }
        if (limits.unmap() && limits.maxUnmapBlocks() > 0) {
            return Ranges.UNMAP;
        }
        if (transfer == Transfer.THIRTY_TWO) {
            return limits.unmapBy16() && writeSame ? Ranges.WRITE_SAME_32_UNMAP : Ranges.NONE;
        }
        return limits.unmapBy16()
                ? Ranges.WRITE_SAME_16_UNMAP
                : limits.unmapBy10() ? Ranges.WRITE_SAME_10_UNMAP : Ranges.NONE;
    }

    /**
     * How to write zeroes: unmapping where unmapped blocks read as zeroes. Whether a unit has WRITE SAME at all it says only when
     * asked; {@code writeSame} is that answer, for the form of its transfers.
     */
    static Ranges zeroes(Transfer transfer, Capacity capacity, BlockLimits limits, boolean writeSame) {
        boolean unmap = capacity.thin() && capacity.unmappedReadsZero() && limits.unmapBy16();
        if (transfer == Transfer.THIRTY_TWO) {
            return writeSame ? unmap ? Ranges.WRITE_SAME_32_UNMAP : Ranges.WRITE_SAME_32 : Ranges.NONE;
        }
        return unmap ? Ranges.WRITE_SAME_16_UNMAP : writeSame ? Ranges.WRITE_SAME_16 : Ranges.NONE;
    }
}
