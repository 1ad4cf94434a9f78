package org.unplug.block.internal.queue;

import org.unplug.block.BioOp;
import org.unplug.block.spi.IoScheduler;

/**
 * The bios of a queue that wait for a tag or for room in the driver. First those that came back from the driver, and everything
 * while there is no scheduler, in the order they came; then those that the scheduler orders. The list keeps a chain of its own
 * through what the scheduler has, so that a scheduler can be taken away at any time, whatever it does.
 *
 * <p>Its monitor is the innermost lock of the queue; of foreign code only the scheduler runs under it.
 */
final class WaitList {

    private final RequestQueue.Faults faults;
    private final RequestQueue queue;

    private BlockBio first;
    private BlockBio last;

    private IoScheduler.Order order;
    private BlockBio firstOrdered;
    private BlockBio lastOrdered;

    private volatile int count;
    private volatile boolean ordering;

    WaitList(RequestQueue queue, RequestQueue.Faults faults) {
        this.queue = queue;
        this.faults = faults;
    }

    /** How many wait: a submitter counts itself first and looks for tags second. */
    int count() {
        return count;
    }

    /** Whether new bios go through a scheduler even if nobody waits. */
    boolean isOrdering() {
        return ordering;
    }

    synchronized void add(BlockBio bio, long nowNanos) {
        bio.sinceNanos = nowNanos;
        place(bio);
        count++;
    }

    private void place(BlockBio bio) {
        if (order == null || bio.op() == BioOp.FLUSH || bio.phase != BlockBio.Phase.MAIN) {
            append(bio);
        } else {
            link(bio);
            try {
                order.insert(bio);
            } catch (Throwable t) {
                dismiss(t);
            }
        }
    }

    /** One that came from {@link #take} and found no tag or no room: goes before all others. */
    synchronized void putBack(BlockBio bio) {
        bio.next = first;
        first = bio;
        if (last == null) {
            last = bio;
        }
        count++;
    }

    /** One that came from {@link #take}, and that all others may pass. */
    synchronized void putLast(BlockBio bio) {
        append(bio);
        count++;
    }

    /** The one that goes next, or null. */
    synchronized BlockBio take(long nowNanos) {
        if (first == null && firstOrdered != null) {
            takeOrdered(nowNanos);
        }
        BlockBio bio = first;
        if (bio != null) {
            first = bio.next;
            bio.next = null;
            if (first == null) {
                last = null;
            }
            count--;
        }
        return bio;
    }

    /** Moves the scheduler's next one to the plain list. */
    private void takeOrdered(long nowNanos) {
        try {
            BlockBio bio = (BlockBio) order.next(nowNanos);
            if (bio == null || !bio.isOrdered || bio.queue() != queue) {
                throw new IllegalStateException("it gave " + bio + " while " + count + " waited");
            }
            unlink(bio);
            append(bio);
        } catch (Throwable t) {
            dismiss(t);
        }
    }

    /** Exchanges the scheduler; null for none. What waits goes on waiting, in the order it came. */
    synchronized void use(IoScheduler.Order newOrder) {
        BlockBio waiting = firstOrdered;
        firstOrdered = null;
        lastOrdered = null;
        order = newOrder;
        ordering = newOrder != null;
        while (waiting != null) {
            BlockBio following = waiting.nextOrdered;
            waiting.nextOrdered = null;
            waiting.previousOrdered = null;
            waiting.isOrdered = false;
            place(waiting);
            waiting = following;
        }
    }

    private void dismiss(Throwable why) {
        IoScheduler.Order bad = order;
        use(null);
        faults.fault("scheduler of " + queue.name() + " is replaced by none: "
                + bad.getClass().getName() + ": " + why);
    }

    private void append(BlockBio bio) {
        bio.next = null;
        if (first == null) {
            first = bio;
        } else {
            last.next = bio;
        }
        last = bio;
    }

    private void link(BlockBio bio) {
        bio.isOrdered = true;
        bio.nextOrdered = null;
        bio.previousOrdered = lastOrdered;
        if (lastOrdered == null) {
            firstOrdered = bio;
        } else {
            lastOrdered.nextOrdered = bio;
        }
        lastOrdered = bio;
    }

    private void unlink(BlockBio bio) {
        if (bio.previousOrdered == null) {
            firstOrdered = bio.nextOrdered;
        } else {
            bio.previousOrdered.nextOrdered = bio.nextOrdered;
        }
        if (bio.nextOrdered == null) {
            lastOrdered = bio.previousOrdered;
        } else {
            bio.nextOrdered.previousOrdered = bio.previousOrdered;
        }
        bio.nextOrdered = null;
        bio.previousOrdered = null;
        bio.isOrdered = false;
    }
}
