package org.unplug.scsi.debug.internal.adapter;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.unplug.ref.Clockwork;
import org.unplug.scsi.spi.ScsiCommand;

/**
 * Execution on the submitters' threads: a fixed set of {@link Execution}s, taken for one command each. No thread local holds them:
 * that would keep the driver's classes alive in threads that outlive its bundle.
 */
final class Inline {

    private static final int PLACES = 64;
    private static final int LINE = 16;
    private static final int HASH = 0x9E3779B9;
    private static final long LOOK_NANOS = 1_000_000;

    private final Execution[] all = new Execution[PLACES];
    private final AtomicIntegerArray taken = new AtomicIntegerArray(PLACES * LINE);
    private final AtomicInteger beyond = new AtomicInteger();

    Inline() {
        for (int i = 0; i < PLACES; i++) {
            all[i] = new Execution();
        }
    }

    /** Takes a free execution; its index, or -1 if there is none. */
    int take() {
        int first = (int) Thread.currentThread().getId() * HASH >>> 16;
        for (int i = 0; i < PLACES; i++) {
            int place = first + i & PLACES - 1;
            if (taken.getPlain(place * LINE) == 0 && taken.compareAndSet(place * LINE, 0, 1)) {
                return place;
            }
        }
        beyond.incrementAndGet();
        return -1;
    }

    Execution at(int place) {
        return place < 0 ? new Execution() : all[place];
    }

    void giveBack(int place) {
        if (place < 0) {
            beyond.decrementAndGet();
        } else {
            taken.setRelease(place * LINE, 0);
        }
    }

    /** Waits until nobody has the command in hand; false if that took too long, or cannot be told. */
    synchronized boolean awaitEnd(ScsiCommand command, Clockwork clockwork, long timeoutMs) {
        long deadline = clockwork.nanoTime() + timeoutMs * 1_000_000;
        for (Execution execution : all) {
            while (execution.isAt(command)) {
                if (deadline - clockwork.nanoTime() <= 0) {
                    return false;
                }
                clockwork.await(this, LOOK_NANOS);
            }
        }
        return beyond.get() == 0;
    }
}
