package org.unplug.mmc.sim;

import org.osgi.annotation.versioning.ProviderType;

/**
 * What happens at a slot, counted by the driver itself: the removal contract seen from outside the core. Cheap glimpses; any
 * thread may call at any time, also after the driver stopped.
 */
@ProviderType
public interface SlotCounters {

    /** Calls into the adapter's methods so far. */
    long callsEntered();

    /** Calls that have left again. */
    long callsExited();

    /** Calls that are inside now. */
    long callsInside();

    /** Calls that were inside when the unregistration of the adapter's service returned; -1 before that. R3 wants 0. */
    long callsInsideAtStop();

    /** Calls that entered after the unregistration of the adapter's service returned. R3 wants 0. */
    long callsAfterStop();

    /** Requests given to the adapter. */
    long requests();

    /** Requests that the adapter completed, counted when that call has returned: right after a yank the last may be missing. */
    long completed();

    /** Completions that were the second for their request. R2 wants 0. */
    long completedTwice();

    /** Requests that ended because the card was not there. */
    long noMedium();

    long bytesRead();

    long bytesWritten();

    /** Nanoseconds that the last unregistration of the adapter took; 0 before. */
    long stopNanos();
}
