package org.unplug.export.nbd.internal;

/**
 * Whether the thread that serves one client stays awake in a pause, or sleeps: the rule, for that thread alone. The time is given.
 *
 * <p>A pause begins when all that has come is served, and is over when something comes. Who stays awake yields the processor and looks
 * again; who sleeps has to be woken, and where a processor of a virtual machine sleeps as well, that takes 20 to 30 us. Staying awake can pay
 * where little else is to be done for what a pause brings; whether it does a {@link Trial} finds out. It is given up
 *
 * <ul>
 *   <li>for this pause, once it has lasted too long; and if pauses go on like that, for the next ones: a client that has nothing to ask costs nothing;
 *   <li>for all of the server's threads, by {@link Rivals}, if a yield took so long that others must have had the processor.
 * </ul>
 */
final class Vigil {

    /**
     * Longer than a client on the same processor has it: 16 us with one request in flight, 130 to 500 us with 32, measured. Shorter than the
     * slice that somebody gets who works, which begins at 1.4 ms and lasts until the next tick as a rule.
     */
    static final long SLICE_NANOS = 1_000_000L;
    /** As many bytes as take about half as long to move as a processor to wake. They count as a request does. */
    static final long BYTES_OF_LOAD = 32 << 10;
    /** Load of a pause from which on sleeping is as good or better: requests gather, and one wake serves them all. */
    static final double MOST_LOAD = 2;

    private static final double HIGHEST_LOAD = 64;
    /** The part that one pause has in the mean. */
    private static final double NEW = 0.125;
    /** Ten times the usual length of a pause: what is spent in vain is a tenth of a processor at most. */
    static final long LEAST_VAIN_NANOS = 1_000_000L;

    static final long MOST_VAIN_NANOS = 128_000_000L;

    private final Rivals rivals;
    private final long mostNanos;
    private final Trial trial = new Trial();

    private boolean awake;
    /** Whether this pause began awake. */
    private boolean beganAwake;

    private long sinceNanos;
    private long yieldedNanos;
    private long requestsBefore;
    private long bytesBefore;
    private double load;
    /** How long pauses are slept through once one was spent in vain; 0: none was lately. */
    private long vainNanos;

    private long vainUntilNanos;

    /** @param mostNanos that a pause is spent awake; 0: never */
    Vigil(Rivals rivals, long mostNanos) {
        this.rivals = rivals;
        this.mostNanos = mostNanos;
    }

    /**
     * All that has come is served: in the first moment of a pause, and after each look that has brought nothing.
     *
     * @param requests that have come so far, since the connection began
     * @param bytes that those moved, or will
     * @param idle whether nothing is under way: else it is the disk that is waited for
     * @return whether to yield, say so by {@link #hasYielded}, and look again; else the thread sleeps until something comes
     */
    boolean staysAwake(long nowNanos, long requests, long bytes, boolean idle) {
        if (requests != requestsBefore) {
            pauseIsOver(nowNanos, requests, bytes);
            awake = pays(nowNanos) && idle && rivals.enter(nowNanos);
            beganAwake = awake;
            sinceNanos = nowNanos;
        } else if (awake && nowNanos - sinceNanos >= mostNanos) {
            stop();
            vainNanos = Math.min(MOST_VAIN_NANOS, Math.max(LEAST_VAIN_NANOS, vainNanos * 2));
            vainUntilNanos = nowNanos + vainNanos;
        }
        yieldedNanos = nowNanos;
        return awake;
    }

    private void pauseIsOver(long nowNanos, long requests, long bytes) {
        if (requestsBefore > 0) {
            trial.took(beganAwake, (nowNanos - sinceNanos) / (requests - requestsBefore));
        }
        double brought = requests - requestsBefore + (double) (bytes - bytesBefore) / BYTES_OF_LOAD;
        load += (Math.min(brought, HIGHEST_LOAD) - load) * NEW;
        requestsBefore = requests;
        bytesBefore = bytes;
        if (awake) {
            stop();
            vainNanos /= 2;
        }
    }

    private boolean pays(long nowNanos) {
        return mostNanos > 0
                && load < MOST_LOAD
                && trial.wantsAwake()
                && (vainNanos == 0 || nowNanos - vainUntilNanos >= 0);
    }

    /** The yield is over. */
    void hasYielded(long nowNanos) {
        if (nowNanos - yieldedNanos >= SLICE_NANOS) {
            rivals.meet(nowNanos);
            stop();
        }
    }

    /** It is awake no more. Called in the end, too. */
    void stop() {
        if (awake) {
            awake = false;
            rivals.leave();
        }
    }
}
