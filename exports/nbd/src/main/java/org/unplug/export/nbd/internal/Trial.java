package org.unplug.export.nbd.internal;

/**
 * Which of two ways to spend pauses pays, found by trying: some pauses are slept through, as many are spent awake, and the better way is
 * kept for a while. Of one thread.
 *
 * <p>It depends on what cannot be known here. Where a processor sleeps, waking it costs more than a request. Where another process keeps that processor
 * busy, the kernel puts server and client on one, and who stays awake there drives its client away from it.
 */
final class Trial {

    /** Enough for a mean, and one or two milliseconds of small requests. */
    static final int TRIED = 32;
    /** Some hundred milliseconds of small requests; trying costs less than one in a hundred of them. */
    static final int KEPT = 4096;
    /** While it does not pay again and again it is tried less often, down to this: every few seconds, with small requests. */
    static final int MOST_KEPT = 16 * KEPT;
    /** What is longer is the client's or somebody else's doing, and counts as this much. */
    static final long MOST_NANOS = 250_000L;

    private int pauses;
    private int kept;
    private int nextKept = KEPT;
    private long asleepNanos;
    private long awakeNanos;
    private int awakes;
    private boolean pays;

    /** Whether the next pause is to be spent awake. */
    boolean wantsAwake() {
        return pauses < TRIED || pauses >= 2 * TRIED && pays;
    }

    /**
     * A pause is over.
     *
     * @param awake whether it was spent awake, as far as it was
     * @param nanosOfEach from its beginning to that of the next, for each request that came
     */
    void took(boolean awake, long nanosOfEach) {
        long nanos = Math.min(MOST_NANOS, nanosOfEach);
        if (pauses < TRIED && awake) {
            awakeNanos += nanos;
            awakes++;
        } else if (pauses >= TRIED && pauses < 2 * TRIED) {
            asleepNanos += nanos;
        }
        pauses++;
        if (pauses == 2 * TRIED) {
            pays = awakes > TRIED / 2 && isShorter();
            kept = pays ? KEPT : nextKept;
            nextKept = pays ? KEPT : Math.min(MOST_KEPT, nextKept * 2);
        } else if (pauses == 2 * TRIED + kept) {
            pauses = 0;
            asleepNanos = 0;
            awakeNanos = 0;
            awakes = 0;
        }
    }

    /** Whether those that were spent awake took an eighth less time in the mean: it takes processor time, after all. */
    private boolean isShorter() {
        return awakeNanos / awakes * 8 < asleepNanos / TRIED * 7;
    }
}
