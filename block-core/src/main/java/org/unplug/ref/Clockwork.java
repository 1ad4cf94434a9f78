package org.unplug.ref;

/**
 * Time, threads and waiting as the protocol core sees them: the one seam between it and the machine. In production
 * {@link #system} gives the JDK's; a laboratory gives a virtual one that steps a schedule.
 *
 * <p>All methods may be called by any thread.
 */
public interface Clockwork {

    /** A monotonic clock in nanoseconds, as {@link System#nanoTime}. */
    long nanoTime();

    /**
     * Runs a task soon on a thread of its own, never on the caller's. The task may block; its thread bears the given name
     * while it runs. After {@link SystemClockwork#close} tasks still run, on threads that end with them, so that a
     * protocol under way always finishes.
     */
    void execute(String name, Runnable task);

    /** Runs a short task after a delay in milliseconds, on a timer thread shared by all; it must not block. */
    Timer schedule(long delayMs, Runnable task);

    /**
     * Waits on a monitor that the caller owns until it is notified or the time-out in nanoseconds has passed; returns at
     * once when that is zero or less. Not interruptible: an interrupt stays pending. May return early; wait in a loop.
     */
    void await(Object monitor, long timeoutNanos);

    /** A task that waits for its time. */
    interface Timer {
        /** Gives the task up if it has not begun; idempotent. */
        void cancel();
    }

    /** The JDK's clock and daemon threads whose names begin with the given one; the caller closes it. */
    static SystemClockwork system(String name) {
        return new SystemClockwork(name);
    }
}
