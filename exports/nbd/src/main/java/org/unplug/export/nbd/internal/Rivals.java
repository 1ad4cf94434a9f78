package org.unplug.export.nbd.internal;

/**
 * What those threads of one server share that stay awake between requests: how many may, and until when none does, since others want the
 * processors. A rule; the time is given. Any thread may call; nothing waits.
 *
 * <p>Who yields to somebody who wants the processor as well loses a slice of some milliseconds, while who sleeps is let in when woken. So
 * one such meeting sends all to sleep. Another one soon after that shows that the others are still there: the next rest is twice as long.
 * Time without a meeting halves it again. With a slice of 4 ms that costs 4 % while somebody is new, and less than one in a thousand once they
 * have stayed for a few seconds.
 */
final class Rivals {

    /** Of a slice: 25 times the longest that a kernel with 250 ticks a second gives as a rule. */
    static final long LEAST_REST_NANOS = 100_000_000L;
    /** How much later than others have gone we find out. */
    static final long MOST_REST_NANOS = 6_400_000_000L;

    private final int mostAwake;

    /** Guarded by this, as all below. */
    private int awake;

    private boolean hasMet;
    private long restsUntilNanos;
    private long restNanos = LEAST_REST_NANOS;

    /** @param mostAwake threads at once */
    Rivals(int mostAwake) {
        this.mostAwake = mostAwake;
    }

    /** Whether the caller may stay awake; then it calls {@link #leave} once it does so no more. */
    synchronized boolean enter(long nowNanos) {
        boolean may = awake < mostAwake && !rests(nowNanos);
        awake += may ? 1 : 0;
        return may;
    }

    synchronized void leave() {
        awake--;
    }

    /** Somebody else has had the processor until now. */
    synchronized void meet(long nowNanos) {
        if (rests(nowNanos)) {
            // Another of our threads has met them already.
            return;
        }
        if (hasMet) {
            restNanos = nextRest(nowNanos - restsUntilNanos);
        }
        hasMet = true;
        restsUntilNanos = nowNanos + restNanos;
    }

    private boolean rests(long nowNanos) {
        return hasMet && nowNanos - restsUntilNanos < 0;
    }

    /** @param quietNanos since the last rest was over */
    private long nextRest(long quietNanos) {
        if (quietNanos < restNanos) {
            return Math.min(MOST_REST_NANOS, restNanos * 2);
        }
        long rest = restNanos;
        long left = quietNanos;
        while (left >= rest && rest > LEAST_REST_NANOS) {
            left -= rest;
            rest /= 2;
        }
        return rest;
    }
}
