package org.unplug.fs.internal.mount;

import org.unplug.ref.Clockwork;
import org.unplug.ref.Gate;

/**
 * Who is inside a mount: everybody, and among them those who change something. Changers can be held up for a while, when they wait,
 * and refused for ever. A {@link Gate} cannot be opened again, so each hold ends with a new one.
 */
final class Doors {
    private static final long LOOK_AGAIN_NANOS = 1_000_000_000L;
    private static final long NANOS_PER_MS = 1_000_000;

    private final Clockwork clockwork;
    private final Gate operations = new Gate();
    private volatile Gate changes = new Gate();
    /** Guarded by this: changers that did not leave in the time that a hold gave them. */
    private Gate laggards = new Gate();

    private boolean held;
    private boolean closed;

    Doors(Clockwork clockwork) {
        this.clockwork = clockwork;
        laggards.kill();
    }

    boolean enter() {
        return operations.enter();
    }

    void exit() {
        operations.exit();
    }

    /** Waits while changers are held up. @return what to {@link Gate#exit}, or null if there is no way in any more */
    Gate enterChange() {
        while (true) {
            Gate gate = changes;
            if (gate.enter()) {
                return gate;
            }
            if (!awaitNext(gate)) {
                return null;
            }
        }
    }

    private synchronized boolean awaitNext(Gate gate) {
        while (held && !closed && changes == gate) {
            clockwork.await(this, LOOK_AGAIN_NANOS);
        }
        return !closed && changes != gate;
    }

    /** Holds changers up, and waits until those inside have left; false if they do not in time, when it is over at once. */
    boolean hold(long timeoutMs) {
        synchronized (this) {
            held = true;
            changes.kill();
        }
        if (awaitChangersOut(timeoutMs)) {
            return true;
        }
        letOn();
        return false;
    }

    /** Ends {@link #hold}. */
    synchronized void letOn() {
        if (held && !closed) {
            if (changes.inside() > 0) {
                laggards = changes;
            }
            changes = new Gate();
        }
        held = false;
        notifyAll();
    }

    /** Refuses changers from now on. */
    synchronized void closeToChanges() {
        closed = true;
        changes.kill();
        notifyAll();
    }

    /** Refuses everybody from now on. */
    void close() {
        closeToChanges();
        operations.kill();
    }

    /** After {@link #closeToChanges} or in {@link #hold}: false if the time is up. */
    boolean awaitChangersOut(long timeoutMs) {
        long deadline = deadline(timeoutMs);
        Gate late;
        synchronized (this) {
            late = laggards;
        }
        return changes.awaitDrained(clockwork, deadline, () -> 0) && late.awaitDrained(clockwork, deadline, () -> 0);
    }

    /** After {@link #close}: false if the time is up. */
    boolean awaitAllOut(long timeoutMs) {
        return operations.awaitDrained(clockwork, deadline(timeoutMs), () -> 0);
    }

    private long deadline(long timeoutMs) {
        return clockwork.nanoTime() + timeoutMs * NANOS_PER_MS;
    }

    long inside() {
        return operations.inside();
    }

    long changersInside() {
        return changes.inside();
    }
}
