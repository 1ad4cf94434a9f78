package org.unplug.driver.rate;

/**
 * Two token buckets, one of bytes and one of requests, kept as the time at which each would be full again: a request moves
 * that time on by its cost, and waits as far as it then lies further ahead than the burst. Needs no timer to fill.
 */
final class Buckets {

    private static final double NANOS = 1e9;

    private final double nanosPerByte;
    private final double nanosPerRequest;
    private final long burstNanos;
    private long bytesFullNanos;
    private long requestsFullNanos;

    /** A rate of 0 is no limit. */
    Buckets(long bytesPerSecond, long iops, long burstMs, long nowNanos) {
        nanosPerByte = bytesPerSecond == 0 ? 0 : NANOS / bytesPerSecond;
        nanosPerRequest = iops == 0 ? 0 : NANOS / iops;
        burstNanos = burstMs * 1_000_000;
        bytesFullNanos = nowNanos;
        requestsFullNanos = nowNanos;
    }

    /** Takes the tokens of a request; returns when it may go, which is not before now. */
    synchronized long take(long nowNanos, long bytes) {
        bytesFullNanos = Math.max(bytesFullNanos, nowNanos) + (long) (bytes * nanosPerByte);
        requestsFullNanos = Math.max(requestsFullNanos, nowNanos) + (long) nanosPerRequest;
        long full = Math.max(bytesFullNanos, requestsFullNanos);
        return Math.max(nowNanos, full - burstNanos);
    }
}
