package org.unplug.shell.command;

import java.io.InterruptedIOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.unplug.shell.Interruption;

/** Waiting for what another bundle does soon, by looking: none of these things has an event for a single waiter. */
final class Waiting {

    private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private Waiting() {}

    /** Looks until it is so; false once the time is up. */
    static boolean until(long timeoutMs, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            LockSupport.parkNanos(PERIOD_NANOS);
        }
        return true;
    }

    /** The same, and stops on Ctrl-C. */
    static boolean until(long timeoutMs, Interruption.Stay stay, BooleanSupplier condition)
            throws InterruptedIOException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        while (!condition.getAsBoolean()) {
            stay.check();
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            LockSupport.parkNanos(PERIOD_NANOS);
        }
        return true;
    }
}
