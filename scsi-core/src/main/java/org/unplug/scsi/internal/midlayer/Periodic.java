package org.unplug.scsi.internal.midlayer;

import java.util.function.LongSupplier;
import org.unplug.ref.Clockwork;

/** Does a short thing again and again on the timer's thread, from {@link #start} to {@link #stop}. */
final class Periodic {

    private final Clockwork clockwork;
    private final LongSupplier everyMs;
    private final Runnable what;

    // Guarded by this.
    private Clockwork.Timer timer;
    private boolean stopped;

    /** @param everyMs asked before each turn; 0 for never */
    Periodic(Clockwork clockwork, LongSupplier everyMs, Runnable what) {
        this.clockwork = clockwork;
        this.everyMs = everyMs;
        this.what = what;
    }

    /** Begins; or begins anew, since turns are to come faster than so far. */
    void start() {
        long ms = everyMs.getAsLong();
        synchronized (this) {
            if (stopped || ms == 0) {
                return;
            }
            if (timer != null) {
                timer.cancel();
            }
            timer = clockwork.schedule(ms, this::turn);
        }
    }

    private void turn() {
        what.run();
        start();
    }

    synchronized void stop() {
        stopped = true;
        if (timer != null) {
            timer.cancel();
        }
    }
}
