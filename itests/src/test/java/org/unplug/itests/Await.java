package org.unplug.itests;

import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Waiting for a condition, with a bound: a test that waits in vain says for what. */
final class Await {

    /** Generous: only a hang meets it. */
    static final long BOUND_MS = 20_000;

    private static final long LOOK_NANOS = 500_000;

    private Await() {}

    static void until(String what, Callable<Boolean> condition) {
        until(what, BOUND_MS, condition);
    }

    static void until(String what, long boundMs, Callable<Boolean> condition) {
        if (!happens(boundMs, condition)) {
            throw new AssertionError("in " + boundMs + " ms it did not happen that " + what);
        }
    }

    /** Whether it becomes true within the bound. */
    static boolean happens(long boundMs, Callable<Boolean> condition) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(boundMs);
        while (!isTrue(condition)) {
            if (System.nanoTime() - deadline > 0) {
                return isTrue(condition);
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        return true;
    }

    private static boolean isTrue(Callable<Boolean> condition) {
        try {
            return condition.call();
        } catch (Exception e) {
            throw new AssertionError("the condition itself failed", e);
        }
    }
}
