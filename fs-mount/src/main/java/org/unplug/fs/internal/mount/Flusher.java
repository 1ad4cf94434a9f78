package org.unplug.fs.internal.mount;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.unplug.fs.MountState;
import org.unplug.ref.Clockwork;

/**
 * Brings changes to the disk within a second when nobody asks for it. Nothing relies on it: sync, force and unmount do their work
 * themselves. There is a timer only while something is dirty.
 */
final class Flusher {
    private static final long DELAY_MS = 500;

    private final Clockwork clockwork;
    private final MountPoint mount;
    private final AtomicBoolean armed = new AtomicBoolean();
    private volatile String lastProblem = "";

    Flusher(Clockwork clockwork, MountPoint mount) {
        this.clockwork = clockwork;
        this.mount = mount;
    }

    /** Something was changed. */
    void poke() {
        if (!armed.get() && armed.compareAndSet(false, true)) {
            clockwork.schedule(DELAY_MS, () -> clockwork.execute("flush " + mount.disk(), this::flush));
        }
    }

    /** As {@link #poke}, but at once. */
    void now() {
        clockwork.execute("flush " + mount.disk(), this::flush);
    }

    private void flush() {
        armed.set(false);
        try {
            mount.flushInBackground();
            lastProblem = "";
        } catch (IOException failed) {
            // Kept by the cache for whoever has the file open; here it is only said, once.
            String problem = String.valueOf(failed.getMessage());
            if (!problem.equals(lastProblem)) {
                mount.warn("cannot write back: " + problem);
            }
            lastProblem = problem;
        }
        if (mount.state() == MountState.MOUNTED && mount.isDirty()) {
            poke();
        }
    }
}
