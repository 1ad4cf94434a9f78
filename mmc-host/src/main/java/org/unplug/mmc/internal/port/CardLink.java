package org.unplug.mmc.internal.port;

import org.unplug.ref.Clockwork;

/**
 * What ties requests to one insertion of one card. Once severed, no request that bears it reaches the adapter, whatever is in
 * the slot by then (R7), and whoever waits for one stops waiting. Its monitor is what they wait on.
 */
public final class CardLink {

    private final Clockwork clockwork;
    private volatile boolean severed;

    public CardLink(Clockwork clockwork) {
        this.clockwork = clockwork;
    }

    public boolean isSevered() {
        return severed;
    }

    /** Final; idempotent; never blocks. */
    public void sever() {
        severed = true;
        synchronized (this) {
            notifyAll();
        }
    }

    /** Waits for a time in milliseconds. */
    public void pause(long ms) throws MmcException {
        long end = clockwork.nanoTime() + ms * 1_000_000;
        synchronized (this) {
            clockwork.awaitUntil(this, end, () -> severed);
        }
        if (severed) {
            throw new MmcException(MmcException.Kind.SEVERED, null, "the card is being removed");
        }
    }
}
