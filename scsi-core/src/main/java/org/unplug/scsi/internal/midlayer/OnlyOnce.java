package org.unplug.scsi.internal.midlayer;

import org.unplug.ref.Clockwork;

/**
 * A deed that is done once: whoever comes first does it, whoever comes later waits and sees the same result.
 *
 * @param <R> the result
 */
final class OnlyOnce<R> {

    private boolean begun;
    private R result;

    /** True for the first caller, who must {@link #end} it. */
    boolean begin() {
        return begin(() -> {});
    }

    /** As {@link #begin()}; the first does something short before anybody sees that it has begun. */
    synchronized boolean begin(Runnable before) {
        if (begun) {
            return false;
        }
        before.run();
        begun = true;
        return true;
    }

    synchronized boolean hasBegun() {
        return begun;
    }

    synchronized boolean hasEnded() {
        return result != null;
    }

    synchronized void end(R how) {
        result = how;
        notifyAll();
    }

    /** The result, or null if the deadline came first. */
    synchronized R await(Clockwork clockwork, long deadlineNanos) {
        clockwork.awaitUntil(this, deadlineNanos, () -> result != null);
        return result;
    }
}
