package org.unplug.ref;

import java.util.function.BooleanSupplier;

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

    /**
     * Waits on a monitor that the caller owns until something is so, or the deadline on this clock has come. It is asked with
     * the monitor owned, first of all and after each notification: whoever makes it so notifies. As uninterruptible as
     * {@link #await}.
     *
     * @param deadlineNanos as {@link #nanoTime} tells the time, at most 292 years from now
     * @return whether it is so
     */
    default boolean awaitUntil(Object monitor, long deadlineNanos, BooleanSupplier so) {
        while (!so.getAsBoolean()) {
            long left = deadlineNanos - nanoTime();
            if (left <= 0) {
                return false;
            }
            await(monitor, left);
        }
        return true;
    }

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
