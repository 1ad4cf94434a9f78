package org.unplug.block.internal.genhd;

import org.unplug.block.internal.queue.RequestQueue;
import org.unplug.block.spi.DiskDriver;
import org.unplug.ref.Clockwork;

/**
 * Tells a driver whether anybody has its disk open. One thread at a time is inside the driver for that: who opens or closes while
 * another one tells leaves it to that one, which goes on until what it told last is true. So the driver hears of changes in their
 * order, and nobody who opens or closes waits for another.
 */
final class Openers {

    private final String disk;
    /** Those of the disk that this one is a part of, or null. */
    private final Openers whole;

    private final RequestQueue.Faults faults;

    // Guarded by this.
    private DiskDriver driver;
    private int count;
    /** Written by the teller only. */
    private boolean told;

    private Thread teller;
    /** The teller waits for a removal itself, perhaps from inside the driver. */
    private boolean excused;

    Openers(String disk, DiskDriver driver, Openers whole, RequestQueue.Faults faults) {
        this.disk = disk;
        this.driver = driver;
        this.whole = whole;
        this.faults = faults;
    }

    void opened(Owner by) {
        changed(by, 1);
    }

    void closed(Owner by) {
        changed(by, -1);
    }

    private void changed(Owner who, int by) {
        if (who.isItself()) {
            return;
        }
        tell(by);
        if (whole != null) {
            whole.tell(by);
        }
    }

    private void tell(int by) {
        synchronized (this) {
            count += by;
            if (teller != null || count > 0 == told || driver == null) {
                return;
            }
            teller = Thread.currentThread();
        }
        for (DiskDriver to = next(); to != null; to = next()) {
            try {
                to.inUse(told);
            } catch (Throwable t) {
                faults.fault("driver of " + disk + " threw from inUse: " + t);
            }
        }
    }

    /** Whom to tell what is in {@link #told} now; null if it is true already, and then this thread is the teller no more. */
    private synchronized DiskDriver next() {
        if (driver != null && count > 0 != told) {
            told = count > 0;
            return driver;
        }
        teller = null;
        notifyAll();
        return null;
    }

    /** The calling thread waits for a removal, or no longer does: it is not waited for meanwhile, if it is the teller. */
    synchronized void excuse(boolean waits) {
        if (teller == Thread.currentThread()) {
            excused = waits;
            notifyAll();
        }
    }

    /** Tells nothing any more, and waits until nobody is inside the driver for it. Null, or who is still there at the deadline. */
    synchronized String shut(Clockwork clockwork, long deadlineNanos) {
        driver = null;
        if (clockwork.awaitUntil(this, deadlineNanos, () -> teller == null || excused)) {
            return null;
        }
        StackTraceElement[] stack = teller.getStackTrace();
        return "inUse of " + disk + " has not returned, thread " + teller.getName()
                + (stack.length == 0 ? "" : ", at " + stack[0]);
    }
}
