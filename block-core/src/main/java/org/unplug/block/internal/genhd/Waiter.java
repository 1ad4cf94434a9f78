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
        Waiter waiter = new Waiter();
        bio.onEnd(waiter);
        submit.accept(bio);
        // Inside an end action or a driver the submission was put off until the outermost call, which waits here.
        RequestQueue.handOver(clockwork);
        waiter.await(clockwork);
        return bio.status();
    }

    @Override
    public synchronized void ended(Bio bio) {
        ended = true;
        notifyAll();
    }

    private synchronized void await(Clockwork clockwork) {
        while (!ended) {
            clockwork.await(this, LOOK_NANOS);
        }
    }
}
