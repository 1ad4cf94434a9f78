package org.unplug.block.internal.genhd;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.unplug.ref.Clockwork;

/**
 * The block layer's own handles of a disk: looks for partitions, and the partitions. Nobody can see them, so a removal waits for
 * them as far as its time goes: when it has returned, and everybody else has closed, the name is free.
 */
final class OwnUses {

    /** By which thread each was opened. All guarded by this. */
    private final Map<OpenHandle.State, Thread> users = new HashMap<>();

    private final Set<Thread> excused = new HashSet<>();

    /** Before the handle takes its reference. */
    void begin(OpenHandle.State handle) {
        if (handle.owner.isItself()) {
            synchronized (this) {
                users.put(handle, Thread.currentThread());
            }
        }
    }

    /** After it gave its reference back, or got none. */
    void end(OpenHandle.State handle) {
        if (handle.owner.isItself()) {
            synchronized (this) {
                users.remove(handle);
                notifyAll();
            }
        }
    }

    /** The calling thread waits for a removal, or no longer does: what it has open is not waited for meanwhile. */
    synchronized void excuse(boolean waits) {
        if (waits ? excused.add(Thread.currentThread()) : excused.remove(Thread.currentThread())) {
            notifyAll();
        }
    }

    /** Returns when there are none, but for those of excused threads, or at the deadline. */
    synchronized void await(Clockwork clockwork, long deadlineNanos) {
        clockwork.awaitUntil(this, deadlineNanos, () -> excused.containsAll(users.values()));
    }
}
