package org.unplug.lab.internal.rig;

import org.unplug.ref.Clockwork;

/**
 * Something done on another thread, timed, and waited for within bounds.
 *
 * @param <T> what it results in
 */
final class Deed<T> {

    /** What is done. */
    @FunctionalInterface
    interface Body<T> {
        T run() throws Exception;
    }

    private final Clockwork clockwork;
    private final Object monitor = new Object();
    private long beganNanos;
    private long endedNanos;
    private boolean ended;
    private T result;
    private Exception failure;

    private Deed(Clockwork clockwork) {
        this.clockwork = clockwork;
    }

    static <T> Deed<T> begin(Clockwork clockwork, String name, Body<T> body) {
        Deed<T> deed = new Deed<>(clockwork);
        deed.beganNanos = clockwork.nanoTime();
        clockwork.execute(name, () -> deed.run(body));
        return deed;
    }

    private void run(Body<T> body) {
        T value = null;
        Exception thrown = null;
        try {
            value = body.run();
        } catch (Exception e) {
            thrown = e;
        }
        long now = clockwork.nanoTime();
        synchronized (monitor) {
            result = value;
            failure = thrown;
            endedNanos = now;
            ended = true;
            monitor.notifyAll();
        }
    }

    /** Waits; false if it has not ended by then. */
    boolean await(long timeoutNanos) {
        long deadline = clockwork.nanoTime() + timeoutNanos;
        synchronized (monitor) {
            return clockwork.awaitUntil(monitor, deadline, () -> ended);
        }
    }

    boolean isEnded() {
        synchronized (monitor) {
            return ended;
        }
    }

    long beganNanos() {
        return beganNanos;
    }

    /** When it ended, or now if it has not. */
    long endedNanos() {
        synchronized (monitor) {
            return ended ? endedNanos : clockwork.nanoTime();
        }
    }

    T result() {
        synchronized (monitor) {
            return result;
        }
    }

    Exception failure() {
        synchronized (monitor) {
            return failure;
        }
    }
}
