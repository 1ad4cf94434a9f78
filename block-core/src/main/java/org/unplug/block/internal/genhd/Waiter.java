package org.unplug.block.internal.genhd;

import java.util.function.Consumer;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.internal.queue.RequestQueue;
import org.unplug.ref.Clockwork;

/** Waits for one bio. Bounded because every bio ends: by the driver, its time-out, or removal. */
final class Waiter implements Bio.End {

    private static final long LOOK_NANOS = 1_000_000_000;

    private boolean ended;

    private Waiter() {}

    /** Submits and waits. */
    static BlockStatus await(Bio bio, Consumer<Bio> submit, Clockwork clockwork) {
        await(bio, submit, clockwork, Long.MAX_VALUE);
        return bio.status();
    }

    /**
     * Submits and waits until a deadline.
     *
     * @return whether it ended
     */
    static boolean await(Bio bio, Consumer<Bio> submit, Clockwork clockwork, long deadlineNanos) {
        Waiter waiter = new Waiter();
        bio.onEnd(waiter);
        submit.accept(bio);
        // Inside an end action or a driver the submission was put off until the outermost call: take it up now.
        RequestQueue.runDeferred();
        return waiter.await(clockwork, deadlineNanos);
    }

    @Override
    public synchronized void ended(Bio bio) {
        ended = true;
        notifyAll();
    }

    private synchronized boolean await(Clockwork clockwork, long deadlineNanos) {
        while (!ended) {
            long left = deadlineNanos == Long.MAX_VALUE ? LOOK_NANOS : deadlineNanos - clockwork.nanoTime();
            if (left <= 0) {
                return false;
            }
            clockwork.await(this, left);
        }
        return true;
    }
}
