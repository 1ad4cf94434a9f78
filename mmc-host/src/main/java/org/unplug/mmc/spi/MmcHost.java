package org.unplug.mmc.spi;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * A host adapter with one slot, registered as a service by its driver; the core finds it there and takes it into use.
 * Models the kernel's mmc_host_ops.
 *
 * <ul>
 *   <li>The core calls on any thread. It gives one {@link #request} at a time and calls {@link #setIos} only between
 *       requests; {@link #cancel}, {@link #isCardPresent}, {@link #isCardBusy} and {@link #isReadOnly} may come at any time.
 *   <li>No method may block longer than its register accesses take; waiting for a card is done after
 *       {@link #request} returned, on the driver's own threads.
 *   <li>When the unregistration of the service returns, no thread is inside any of these methods and none will enter again.
 *       Until then the adapter answers, also during the UNREGISTERING event: the card's disk is synced and flushed in it.
 *       A call that never returns is reported by name and does not hold the unregistration up for ever.
 *   <li>Every request given to {@link #request} must be {@linkplain MmcRequest#complete completed} once, cancelled ones
 *       and those that meet an empty slot included.
 * </ul>
 */
@ConsumerType
public interface MmcHost {

    /** Service property: what the driver calls this slot, as "slot0"; optional. */
    String SLOT = "mmc.slot";

    /**
     * The core takes the adapter into use: the first call on it, and again after a {@link #stop}. An adapter that detects cards
     * tells the given object of every change from now on.
     */
    void start(HostEvents events);

    /** The core lets the adapter go: drop what {@link #start} gave. The last call; it may be missing if an earlier one hung. */
    void stop();

    /** What the adapter can do; constant. */
    HostCaps caps();

    /** Starts a request. It may be completed from inside this call, or later from any thread. */
    void request(MmcRequest request);

    /**
     * Asks to complete a request soon, with {@link MmcError#TIMEOUT} where it stands. It may have been completed already. A
     * driver that has nothing to cancel does nothing.
     */
    void cancel(MmcRequest request);

    /** Sets clock, width, timing and power of the bus. */
    void setIos(MmcIos ios);

    /** Whether the detect switch sees a card; true for an adapter without one that cannot know. */
    boolean isCardPresent();

    /**
     * Whether the card holds its data line low: it is busy, or it changes voltage and has not let go yet. Only asked of an
     * adapter whose {@link HostCaps#timings} are partly at 1.8 V; may come at any time.
     */
    default boolean isCardBusy() {
        return false;
    }

    /** The write protect switch; false for an adapter without one. */
    boolean isReadOnly();
}
