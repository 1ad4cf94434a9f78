package org.unplug.scsi.internal.midlayer;

import org.unplug.ref.Clockwork;

/** Does a short thing again and again on the timer's thread, from {@link #start} to {@link #stop}. */
final class Periodic {

    private final Clockwork clockwork;
    private final long everyMs;
    private final Runnable what;

    // Guarded by this.
    private Clockwork.Timer timer;
    private boolean stopped;

    /** @param everyMs 0 for never */
    Periodic(Clockwork clockwork, long everyMs, Runnable what) {
        this.clockwork = clockwork;
        this.everyMs = everyMs;
        this.what = what;
    }

    synchronized void start() {
        if (!stopped && everyMs > 0) {
            timer = clockwork.schedule(everyMs, this::turn);
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
