package org.unplug.block.internal.queue;

import java.util.ArrayList;
import java.util.List;
import org.unplug.block.internal.queue.Submission.Where;
import org.unplug.block.spi.DiskDriver;
import org.unplug.ref.Clockwork;

/**
 * Where a queue's driver sits, and how another one takes its place while the disk is in use: the queue freezes - what comes
 * waits, what is in the driver ends - the place is taken over, the queue thaws.
 *
 * <p>Freezing follows the rule of removal: the flag first, the tags second, while a submitter starts its tag first and reads the
 * flag second. A thread may be inside the old driver still when the new one is seated, on its way out of a call whose request has
 * ended; the old slot is <em>retiring</em> until then, and removal waits for it as for the present one.
 */
final class Seat {

    private final RequestQueue queue;
    private final Clockwork clockwork;
    private final RequestQueue.Faults faults;

    /** Guards the change of the slot, and the list of the retiring ones. */
    private final Object lock = new Object();

    private final List<DriverSlot> retiring = new ArrayList<>(0);
    private volatile DriverSlot slot;

    /** Where a thread waits for the last request in the driver. */
    private final Object idle = new Object();

    private volatile boolean frozen;

    Seat(RequestQueue queue, DiskDriver driver, Clockwork clockwork, RequestQueue.Faults faults) {
        this.queue = queue;
        this.clockwork = clockwork;
        this.faults = faults;
        this.slot = new DriverSlot(driver);
    }

    // ---- calls

    /** Enters the driver that there is; null if there is none any more. */
    DriverSlot enter(Submission submission) {
        DriverSlot there = slot;
        while (there != null) {
            if (there.calls.enter()) {
                submission.enter(queue, there, Where.QUEUE_REQUEST);
                return there;
            }
            DriverSlot now = slot;
            if (now == there) {
                return null;
            }
            there = now;
        }
        return null;
    }

    static void leave(Submission submission, DriverSlot inside) {
        if (inside != null) {
            submission.leave();
            inside.calls.exit();
        }
    }

    void commit(Submission submission, DriverSlot inside) {
        if (inside != null) {
            submission.now(Where.COMMIT, null);
            try {
                inside.driver.commit();
            } catch (Throwable t) {
                faults.fault("driver of " + queue.name() + " threw from commit: " + t);
            }
        }
    }

    void cancel(DriverSlot inside, Tag tag, Submission submission) {
        submission.now(Where.CANCEL, tag);
        try {
            inside.driver.cancel(tag);
        } catch (Throwable t) {
            faults.fault("driver of " + queue.name() + " threw from cancel: " + t);
        }
    }

    /** Where the driver is now; null once it was let go. */
    DriverSlot slot() {
        return slot;
    }

    /**
     * Asks the driver to cancel, from outside of any call of it. Whatever a driver does in there, it does to this thread.
     *
     * @param only the one to ask; null for whichever is there
     */
    void askCancel(Tag tag, DriverSlot only) {
        Submission submission = Submission.current();
        boolean outermost = submission.begin();
        DriverSlot inside = enter(submission);
        if (inside != null) {
            if (only == null || only == inside) {
                cancel(inside, tag, submission);
            }
            leave(submission, inside);
        }
        submission.end(outermost);
    }

    /** The driver behind the queue, or null once it was let go. */
    DiskDriver driver() {
        DriverSlot there = slot;
        return there == null ? null : there.driver;
    }

    // ---- exchange

    boolean isFrozen() {
        return frozen;
    }

    /** Whether a request may not be given to a driver that was entered. */
    boolean isShut(DriverSlot entered) {
        return frozen || entered != slot;
    }

    boolean isReplaced(DriverSlot entered) {
        return entered != slot;
    }

    /** A request has left the driver. */
    void vacated() {
        if (frozen) {
            recheck();
        }
    }

    void recheck() {
        synchronized (idle) {
            idle.notifyAll();
        }
    }

    /**
     * Lets nothing into the driver and waits until it has nothing, not even what the core has ended over its head. One at a time;
     * the caller sees to that, and thaws in either case.
     */
    boolean freeze(long deadlineNanos) {
        hold();
        synchronized (idle) {
            // To have been vacant once is enough: whoever starts a tag now finds the flag, and looks like a request
            // until it has.
            while (!queue.isVacant()) {
                long left = deadlineNanos - clockwork.nanoTime();
                if (left <= 0 || queue.isAborting()) {
                    return false;
                }
                clockwork.await(idle, left);
            }
        }
        return true;
    }

    /** Lets nothing into the driver from now on. */
    void hold() {
        frozen = true;
    }

    /** Seats another driver. False if the disk is being removed. */
    boolean replace(DiskDriver next) {
        synchronized (lock) {
            DriverSlot old = slot;
            if (old == null || queue.isAborting()) {
                return false;
            }
            retiring.add(old);
            slot = new DriverSlot(next);
            old.calls.kill();
        }
        return true;
    }

    void thaw() {
        frozen = false;
    }

    /** Waits until no thread is inside a driver that was replaced, but the caller itself. */
    boolean awaitRetired(long deadlineNanos) {
        List<DriverSlot> left;
        synchronized (lock) {
            left = List.copyOf(retiring);
        }
        for (DriverSlot old : left) {
            long own = Submission.current().callingIn(old);
            if (!old.calls.awaitDrained(clockwork, deadlineNanos, () -> own)) {
                return false;
            }
            if (own == 0) {
                synchronized (lock) {
                    retiring.remove(old);
                }
            }
        }
        return true;
    }

    // ---- removal

    /**
     * Shuts the driver and waits until no thread is inside it, nor inside one that it replaced. The queue is aborting already,
     * so that either a replacement sees that, or this sees the replacement.
     */
    boolean awaitQuiet(long deadlineNanos) {
        List<DriverSlot> all;
        synchronized (lock) {
            all = new ArrayList<>(retiring);
            if (slot != null) {
                all.add(slot);
            }
        }
        boolean quiet = true;
        for (DriverSlot each : all) {
            quiet &= each.awaitQuiet(clockwork, deadlineNanos);
        }
        return quiet;
    }

    /** Lets the drivers go. */
    void drop() {
        synchronized (lock) {
            slot = null;
            retiring.clear();
        }
    }
}
