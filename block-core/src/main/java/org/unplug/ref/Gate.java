package org.unplug.ref;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.LongSupplier;

/**
 * Counts who is inside, until it is killed: from then on nobody enters, and a waiter learns when the last one has left.
 * It models the kernel's percpu_ref as a request queue uses it (q_usage_counter).
 *
 * <p><b>Theory of operation.</b> The count is spread over stripes, each on cache lines of its own; a thread adds to and
 * subtracts from the stripe that its number selects, so entering threads do not disturb each other. Each stripe bears
 * the mark of who entered there last; who finds another's mark moves on to the next stripe and marks that, so that threads that
 * meet part, and a mark of one that is gone costs one move. One may enter on one stripe and leave on another, so a single
 * stripe means nothing; only the sum does.
 *
 * <p>Entering adds first and reads the kill flag second; killing writes the flag first and sums second. All four are
 * volatile accesses, so they have one total order, and whoever was admitted added before the flag was written and thus
 * before any summing: <em>the sum after the kill never misses an admitted one</em>. What the sum may miss is a departure
 * that happens meanwhile, which makes it too large, and a refused one that has not undone its addition, likewise. So a
 * sum of zero after the kill is exact and final, and a larger one asks for another look.
 *
 * <p>That other look is triggered by {@link #exit}: it subtracts first and reads the flag second, and if killed it
 * notifies under the monitor under which the waiter sums. Either the waiter's sum sees the subtraction, or the exit sees
 * the flag and its notification comes after the waiter waits. No wake-up is lost.
 *
 * <p>A kill is final. All methods may be called by any thread; only {@link #awaitDrained} blocks.
 */
public final class Gate {

    private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int LINE_LONGS = 16;
    /** Four stripes for each processor, so that threads that meet at one gate find one each; 8 to 32, 1 to 4 KiB. */
    private static final int STRIPE_BITS = Math.max(
            3,
            Math.min(5, 34 - Integer.numberOfLeadingZeros(Runtime.getRuntime().availableProcessors() - 1)));

    private static final int STRIPES = 1 << STRIPE_BITS;
    /** 2^32 over the golden ratio: the upper bits of its multiples spread consecutive thread numbers evenly. */
    private static final int SPREAD = 0x9E3779B9;
    /** Beside a stripe's count, who used it last, so that it costs no other cache line: a seat, or nobody. Without order, too. */
    private static final int USER = 1;

    private static final int NOBODY = 0;
    /** Odd, so that a thread that moves on comes by all stripes. */
    private static final int STEP = 3;
    /**
     * Where the first long of a thread's stripe is, by the last bits of the thread's number; one for all gates. Read and
     * written without order: whoever sees an old value, or takes another's turn, has only chosen worse.
     */
    private static final int[] SLOT_OF = new int[1024];

    static {
        for (int seat = 0; seat < SLOT_OF.length; seat++) {
            SLOT_OF[seat] = slot(seat * SPREAD >>> 32 - STRIPE_BITS);
        }
    }

    private final long[] counts = new long[(STRIPES + 1) * LINE_LONGS];
    private volatile boolean killed;

    /** Admits the caller, who must {@link #exit} once, on any thread; false once killed. */
    public boolean enter() {
        int seat = seat();
        int slot = SLOT_OF[seat];
        if (counts[slot + USER] != seat) {
            slot = meet(seat, slot);
        }
        COUNT.getAndAdd(counts, slot, 1L);
        if (killed) {
            exit();
            return false;
        }
        return true;
    }

    /** Undoes one successful {@link #enter}. */
    public void exit() {
        COUNT.getAndAdd(counts, SLOT_OF[seat()], -1L);
        if (killed) {
            recheck();
        }
    }

    /** Refuses everybody from now on; idempotent. */
    public void kill() {
        killed = true;
    }

    public boolean isKilled() {
        return killed;
    }

    /** How many are inside; exact once killed and quiet, otherwise a glimpse. */
    public long inside() {
        long sum = 0;
        for (int stripe = 1; stripe <= STRIPES; stripe++) {
            sum += (long) COUNT.getVolatile(counts, stripe * LINE_LONGS);
        }
        return Math.max(0, sum);
    }

    /** Makes a waiter evaluate its condition again. */
    public synchronized void recheck() {
        notifyAll();
    }

    /**
     * Waits until no more than the excused ones are inside, or the deadline has come. Meaningful once killed.
     *
     * @param deadlineNanos on the clockwork's clock
     * @param excused how many of those inside not to wait for: entries that the waiters themselves have on their stacks;
     *     asked again at each look
     * @return whether it drained
     */
    public synchronized boolean awaitDrained(Clockwork clockwork, long deadlineNanos, LongSupplier excused) {
        return clockwork.awaitUntil(this, deadlineNanos, () -> inside() <= excused.getAsLong());
    }

    private static int seat() {
        return (int) Thread.currentThread().getId() & SLOT_OF.length - 1;
    }

    /** Somebody else was here last, or nobody: takes the stripe if it is free, else the next one, from now on. */
    private int meet(int seat, int slot) {
        int mine = slot;
        if (counts[slot + USER] != NOBODY) {
            int next = slot(slot / LINE_LONGS - 1 + STEP & STRIPES - 1);
            SLOT_OF[seat] = next;
            mine = next;
        }
        counts[mine + USER] = seat;
        return mine;
    }

    /** The first cache line is nobody's: the array's length is there. */
    private static int slot(int stripe) {
        return (stripe + 1) * LINE_LONGS;
    }

    @Override
    public String toString() {
        return (killed ? "killed, " : "open, ") + inside() + " inside";
    }
}
