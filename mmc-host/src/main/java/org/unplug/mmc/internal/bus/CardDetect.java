package org.unplug.mmc.internal.bus;

import java.util.function.LongSupplier;
import org.unplug.ref.Clockwork;

/**
 * Turns a detect switch that bounces into looks: one, when it has been quiet for the debounce time - or has bounced for
 * {@link #MOST_BOUNCES} times that, since a bad contact must not hide a card for ever. For an adapter without detection a
 * look comes by itself in an interval.
 *
 * <p>A look is a short call on the timer's thread; whoever looks takes a thread of its own.
 */
final class CardDetect {

    static final int MOST_BOUNCES = 5;

    private final Clockwork clockwork;
    private final LongSupplier debounceMs;
    private final Runnable look;
    private Clockwork.Timer pending;
    private Clockwork.Timer poll;
    private long pendingSinceNanos;
    private boolean moved;
    private boolean closed;

    /** @param debounceMs asked each time, so that another setting holds from the next movement on */
    CardDetect(Clockwork clockwork, LongSupplier debounceMs, Runnable look) {
        this.clockwork = clockwork;
        this.debounceMs = debounceMs;
        this.look = look;
    }

    /** From now on looks without a reason too, in an interval. */
    synchronized void poll(LongSupplier intervalMs) {
        if (!closed) {
            poll = clockwork.schedule(intervalMs.getAsLong(), () -> polled(intervalMs));
        }
    }

    /** The switch moved. */
    synchronized void changed() {
        if (closed) {
            return;
        }
        moved = true;
        long now = clockwork.nanoTime();
        if (pending == null) {
            pendingSinceNanos = now;
        } else {
            pending.cancel();
        }
        long bouncedMs = (now - pendingSinceNanos) / 1_000_000;
        long quietMs = debounceMs.getAsLong();
        long delay = Math.max(0, Math.min(quietMs, MOST_BOUNCES * quietMs - bouncedMs));
        pending = clockwork.schedule(delay, this::settled);
    }

    /** Looks again after the debounce time, though nothing moved. */
    synchronized void again() {
        if (!closed && pending == null) {
            pendingSinceNanos = clockwork.nanoTime();
            pending = clockwork.schedule(debounceMs.getAsLong(), this::settled);
        }
    }

    /** Whether the switch moved since this was last asked. */
    synchronized boolean takeMoved() {
        boolean was = moved;
        moved = false;
        return was;
    }

    synchronized void close() {
        closed = true;
        if (pending != null) {
            pending.cancel();
            pending = null;
        }
        if (poll != null) {
            poll.cancel();
            poll = null;
        }
    }

    private void settled() {
        synchronized (this) {
            if (closed) {
                return;
            }
            pending = null;
        }
        look.run();
    }

    private void polled(LongSupplier intervalMs) {
        synchronized (this) {
            if (closed) {
                return;
            }
        }
        look.run();
        poll(intervalMs);
    }
}
