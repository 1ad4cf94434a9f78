package org.unplug.mmc.internal.bus;

import java.util.ArrayDeque;
import java.util.Queue;
import org.unplug.mmc.internal.port.CoreLog;
import org.unplug.ref.Clockwork;

/**
 * The one context in which an adapter's detection, start-up and removal run, one task after another; a thread is taken only
 * while there is something to do. Each adapter has its own, so that a card that hangs holds up nobody else's (R10).
 */
final class SerialContext {

    private final Clockwork clockwork;
    private final String name;
    private final CoreLog log;
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private boolean running;
    private boolean closed;
    private Thread worker;

    SerialContext(Clockwork clockwork, String name, CoreLog log) {
        this.clockwork = clockwork;
        this.name = name;
        this.log = log;
    }

    /** Runs a task after those before it; false once closed. */
    boolean execute(Runnable task) {
        synchronized (this) {
            if (closed) {
                return false;
            }
            tasks.add(task);
            if (running) {
                return true;
            }
            running = true;
        }
        clockwork.execute(name, this::drain);
        return true;
    }

    /** Takes no more tasks; those that were accepted still run. */
    synchronized void close() {
        closed = true;
    }

    /** Waits until nothing runs, or the deadline has come. True at once for a caller inside a task of this context. */
    synchronized boolean awaitIdle(long deadlineNanos) {
        if (worker == Thread.currentThread()) {
            return true;
        }
        return clockwork.awaitUntil(this, deadlineNanos, () -> !running);
    }

    private void drain() {
        while (true) {
            Runnable task;
            synchronized (this) {
                task = tasks.poll();
                if (task == null) {
                    running = false;
                    worker = null;
                    notifyAll();
                    return;
                }
                worker = Thread.currentThread();
            }
            try {
                task.run();
            } catch (RuntimeException | LinkageError e) {
                log.warn(name + ": " + e);
            }
        }
    }
}
