package org.unplug.block.spi;

/**
 * What a driver can take at once. The core splits what is larger and holds back what is more.
 *
 * @param logicalBlockBytes the least unit, 512 to 4096, a power of two
 * @param maxSectors most sectors in one request
 * @param maxSegments most buffers in one request
 * @param queueDepth most requests in the driver at once, 1 to 65536
 * @param writeCache whether a completed write may be lost until a FLUSH; without it no FLUSH comes
 * @param fua whether the driver honours {@link Request#fua}; without it the core flushes after the write
 * @param discard whether DISCARD is had
 * @param writeZeroes whether WRITE_ZEROES is had
 * @param maxRangeSectors most sectors in one DISCARD or WRITE_ZEROES
 * @param discardGranularityBytes the least unit that a DISCARD frees; advice to callers
 */
public record QueueLimits(
        int logicalBlockBytes,
        int maxSectors,
        int maxSegments,
        int queueDepth,
        boolean writeCache,
        boolean fua,
        boolean discard,
        boolean writeZeroes,
        long maxRangeSectors,
        int discardGranularityBytes) {

    /** 512 byte blocks, requests of up to 1 MiB in 256 segments, 128 at once, no volatile cache. */
    public static final QueueLimits DEFAULT =
            new QueueLimits(512, 2048, 256, 128, false, false, false, false, 1L << 22, 512);

    public QueueLimits {
        if (logicalBlockBytes < 512 || logicalBlockBytes > 4096 || Integer.bitCount(logicalBlockBytes) != 1) {
            throw new IllegalArgumentException(
                    "logical block of " + logicalBlockBytes + " bytes: must be 512, 1024, 2048 or 4096");
        }
        if (maxSectors < logicalBlockBytes / 512 || maxSegments < 1) {
            throw new IllegalArgumentException(
                    "a request of " + maxSectors + " sectors in " + maxSegments + " segments holds no block");
        }
        if (maxRangeSectors < logicalBlockBytes / 512 || discardGranularityBytes < 1) {
            throw new IllegalArgumentException(
                    "a range of " + maxRangeSectors + " sectors holds no block, or the granularity is not positive");
        }
        if (queueDepth < 1 || queueDepth > 65536) {
            throw new IllegalArgumentException("queue depth of " + queueDepth + ": must be 1 to 65536");
        }
    }

    public QueueLimits withLogicalBlockBytes(int bytes) {
        return new QueueLimits(
                bytes,
                maxSectors,
                maxSegments,
                queueDepth,
                writeCache,
                fua,
                discard,
                writeZeroes,
                maxRangeSectors,
                discardGranularityBytes);
    }

    public QueueLimits withMaxSectors(int sectors) {
        return new QueueLimits(
                logicalBlockBytes,
                sectors,
                maxSegments,
                queueDepth,
                writeCache,
                fua,
                discard,
                writeZeroes,
                maxRangeSectors,
                discardGranularityBytes);
    }

    public QueueLimits withMaxSegments(int segments) {
        return new QueueLimits(
                logicalBlockBytes,
                maxSectors,
                segments,
                queueDepth,
                writeCache,
                fua,
                discard,
                writeZeroes,
                maxRangeSectors,
                discardGranularityBytes);
    }

    public QueueLimits withQueueDepth(int depth) {
        return new QueueLimits(
                logicalBlockBytes,
                maxSectors,
                maxSegments,
                depth,
                writeCache,
                fua,
                discard,
                writeZeroes,
                maxRangeSectors,
                discardGranularityBytes);
    }

    /** A volatile write cache that FLUSH empties; with {@code fua} single writes can bypass it. */
    public QueueLimits withWriteCache(boolean cache, boolean forcedUnitAccess) {
        return new QueueLimits(
                logicalBlockBytes,
                maxSectors,
                maxSegments,
                queueDepth,
                cache,
                forcedUnitAccess,
                discard,
                writeZeroes,
                maxRangeSectors,
                discardGranularityBytes);
    }

    public QueueLimits withDiscard(boolean had) {
        return new QueueLimits(
                logicalBlockBytes,
                maxSectors,
                maxSegments,
                queueDepth,
                writeCache,
                fua,
                had,
                writeZeroes,
                maxRangeSectors,
                discardGranularityBytes);
    }

    public QueueLimits withWriteZeroes(boolean had) {
        return new QueueLimits(
                logicalBlockBytes,
                maxSectors,
                maxSegments,
                queueDepth,
                writeCache,
                fua,
                discard,
                had,
                maxRangeSectors,
                discardGranularityBytes);
    }

    /** How DISCARD and WRITE_ZEROES are cut, and what a DISCARD frees at least. */
    public QueueLimits withRanges(long maxSectors, int granularityBytes) {
        return new QueueLimits(
                logicalBlockBytes,
                this.maxSectors,
                maxSegments,
                queueDepth,
                writeCache,
                fua,
                discard,
                writeZeroes,
                maxSectors,
                granularityBytes);
    }
}
