package org.unplug.block.spi;

/**
 * What a driver can take at once, and what it can do. The core splits what is larger and holds back what is more.
 *
 * @param logicalBlockBytes the least unit, 512 to 4096, a power of two: sectors and lengths are multiples of it
 * @param maxSectors most sectors in one request
 * @param maxSegments most buffers in one request
 * @param queueDepth most requests in the driver at once, 1 to 65536
 * @param cache whether a completed write is durable
 * @param ranges DISCARD and WRITE_ZEROES
 */
public record QueueLimits(
        int logicalBlockBytes, int maxSectors, int maxSegments, int queueDepth, Cache cache, Ranges ranges) {

    /** Whether a completed write is durable. */
    public enum Cache {
        /** It is; no FLUSH comes. */
        NONE,
        /** It may be lost until a FLUSH; a single durable write is a write and then a FLUSH, which the core sends. */
        VOLATILE,
        /** It may be lost until a FLUSH, unless it bears {@link Request#fua}. */
        VOLATILE_WITH_FUA
    }

    /**
     * Operations that carry no data.
     *
     * @param discard whether DISCARD is had
     * @param writeZeroes whether WRITE_ZEROES is had
     * @param maxSectors most sectors in one of them
     * @param granularityBytes the least unit that a DISCARD frees; advice to callers
     */
    public record Ranges(boolean discard, boolean writeZeroes, long maxSectors, int granularityBytes) {}

    /** 512 byte blocks, requests of up to 1 MiB in 256 segments, 128 at once, no volatile cache. */
    public static final QueueLimits DEFAULT =
            new QueueLimits(512, 2048, 256, 128, Cache.NONE, new Ranges(false, false, 1L << 22, 512));

    public QueueLimits {
        if (logicalBlockBytes < 512 || logicalBlockBytes > 4096 || Integer.bitCount(logicalBlockBytes) != 1) {
            throw new IllegalArgumentException(
                    "logical block of " + logicalBlockBytes + " bytes: must be 512, 1024, 2048 or 4096");
        }
        if (maxSectors < logicalBlockBytes / 512 || maxSegments < 1) {
            throw new IllegalArgumentException(
                    "a request of " + maxSectors + " sectors in " + maxSegments + " segments holds no block");
        }
        if (ranges.maxSectors < logicalBlockBytes / 512 || ranges.granularityBytes < 1) {
            throw new IllegalArgumentException(
                    "a range of " + ranges.maxSectors + " sectors holds no block, or the granularity is not positive");
        }
        if (queueDepth < 1 || queueDepth > 65536) {
            throw new IllegalArgumentException("queue depth of " + queueDepth + ": must be 1 to 65536");
        }
    }

    /** Whether a completed write may be lost until a FLUSH. */
    public boolean writeCache() {
        return cache != Cache.NONE;
    }

    /** Whether the driver honours {@link Request#fua}. */
    public boolean fua() {
        return cache == Cache.VOLATILE_WITH_FUA;
    }

    public boolean discard() {
        return ranges.discard;
    }

    public boolean writeZeroes() {
        return ranges.writeZeroes;
    }

    /** Most sectors in one DISCARD or WRITE_ZEROES. */
    public long maxRangeSectors() {
        return ranges.maxSectors;
    }

    /** The least unit that a DISCARD frees. */
    public int discardGranularityBytes() {
        return ranges.granularityBytes;
    }

    public QueueLimits withLogicalBlockBytes(int bytes) {
        return new QueueLimits(bytes, maxSectors, maxSegments, queueDepth, cache, ranges);
    }

    public QueueLimits withMaxSectors(int sectors) {
        return new QueueLimits(logicalBlockBytes, sectors, maxSegments, queueDepth, cache, ranges);
    }

    public QueueLimits withMaxSegments(int segments) {
        return new QueueLimits(logicalBlockBytes, maxSectors, segments, queueDepth, cache, ranges);
    }

    public QueueLimits withQueueDepth(int depth) {
        return new QueueLimits(logicalBlockBytes, maxSectors, maxSegments, depth, cache, ranges);
    }

    public QueueLimits withCache(Cache kind) {
        return new QueueLimits(logicalBlockBytes, maxSectors, maxSegments, queueDepth, kind, ranges);
    }

    /** As {@link #withCache}: a volatile write cache, and whether single writes can bypass it. */
    public QueueLimits withWriteCache(boolean had, boolean forcedUnitAccess) {
        Cache kind = forcedUnitAccess ? Cache.VOLATILE_WITH_FUA : Cache.VOLATILE;
        return withCache(had ? kind : Cache.NONE);
    }

    public QueueLimits withDiscard(boolean had) {
        return with(new Ranges(had, ranges.writeZeroes, ranges.maxSectors, ranges.granularityBytes));
    }

    public QueueLimits withWriteZeroes(boolean had) {
        return with(new Ranges(ranges.discard, had, ranges.maxSectors, ranges.granularityBytes));
    }

    /** How DISCARD and WRITE_ZEROES are cut, and what a DISCARD frees at least. */
    public QueueLimits withRanges(long mostSectors, int granularityBytes) {
        return with(new Ranges(ranges.discard, ranges.writeZeroes, mostSectors, granularityBytes));
    }

    private QueueLimits with(Ranges others) {
        return new QueueLimits(logicalBlockBytes, maxSectors, maxSegments, queueDepth, cache, others);
    }
}
