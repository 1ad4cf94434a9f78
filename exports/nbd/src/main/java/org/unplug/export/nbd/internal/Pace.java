package org.unplug.export.nbd.internal;

import org.unplug.ref.Clockwork;

/**
 * Whether a connection gets on. Its threads note when they begin to wait for the client; a sweep looks whether they wait too
 * long. Glimpses: an instant more or less does not matter.
 */
final class Pace {

    private final Clockwork clockwork;
    private final Limits limits;
    private final long bornNanos;

    private volatile boolean negotiated;
    private volatile long readsSinceNanos;
    private volatile boolean reads;
    private volatile boolean inside;
    private volatile long writesSinceNanos;
    private volatile boolean writes;

    Pace(Clockwork clockwork, Limits limits) {
        this.clockwork = clockwork;
        this.limits = limits;
        bornNanos = clockwork.nanoTime();
    }

    void hasNegotiated() {
        negotiated = true;
    }

    /** The client is waited for; {@code begun}: in the middle of a message. */
    void reads(boolean begun) {
        readsSinceNanos = clockwork.nanoTime();
        inside = begun;
        reads = true;
    }

    void hasRead() {
        reads = false;
    }

    void writes() {
        writesSinceNanos = clockwork.nanoTime();
        writes = true;
    }

    void hasWritten() {
        writes = false;
    }

    /** Why the client should be cut off; null while it gets on. */
    String complaint() {
        long now = clockwork.nanoTime();
        if (!negotiated && isOver(now, bornNanos, limits.handshakeMs())) {
            return "chose no export within " + limits.handshakeMs() + " ms";
        }
        if (writes && isOver(now, writesSinceNanos, limits.stallMs())) {
            return "did not take its replies for " + limits.stallMs() + " ms";
        }
        if (reads && inside && isOver(now, readsSinceNanos, limits.stallMs())) {
            return "stood still in the middle of a message for " + limits.stallMs() + " ms";
        }
        if (reads && !inside && limits.idleMs() > 0 && isOver(now, readsSinceNanos, limits.idleMs())) {
            return "asked for nothing for " + limits.idleMs() + " ms";
        }
        return null;
    }

    private static boolean isOver(long now, long since, long ms) {
        return now - since > ms * 1_000_000;
    }
}
