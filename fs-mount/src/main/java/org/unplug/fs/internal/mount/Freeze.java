package org.unplug.fs.internal.mount;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.function.LongSupplier;
import org.unplug.ref.Clockwork;

/**
 * Holds changes of a mount up for a while: for a freeze, which its caller bounded, or while options change. Each hold has a number, so
 * that the end of one, late, does not end another. Guarded by the mount's monitor.
 */
final class Freeze {
    private final MountPoint mount;
    private final Doors doors;
    private final Clockwork clockwork;
    private final LongSupplier drainMs;
    private Clockwork.Timer timer = () -> {};
    private long holds;
    private long current;
    private long frozen;

    /** What is done while no change is inside. */
    interface Quietly {
        void run() throws IOException;
    }

    /** @param drainMs asked at each: how long to wait until the changes under way have ended */
    Freeze(MountPoint mount, Doors doors, Clockwork clockwork, LongSupplier drainMs) {
        this.mount = mount;
        this.doors = doors;
        this.clockwork = clockwork;
        this.drainMs = drainMs;
    }

    /** Freezes; ends by itself. */
    void begin(long atMostMs, Quietly work) throws IOException {
        long hold = hold(work);
        Clockwork.Timer thawing =
                clockwork.schedule(atMostMs, () -> clockwork.execute("thaw " + mount.disk(), () -> end(hold)));
        synchronized (mount) {
            frozen = hold;
            timer = thawing;
        }
    }

    /** Ends the freeze, if there is one. */
    void end() {
        long hold;
        synchronized (mount) {
            timer.cancel();
            hold = frozen;
        }
        end(hold);
    }

    /** Does something while changes are held up. */
    void during(Quietly work) throws IOException {
        end(hold(work));
    }

    private long hold(Quietly work) throws IOException {
        long hold;
        synchronized (mount) {
            mount.becomeFrozen();
            hold = ++holds;
            current = hold;
        }
        boolean done = false;
        try {
            long limitMs = drainMs.getAsLong();
            if (!doors.hold(limitMs)) {
                throw new FileSystemException(mount.point(), null, "changes did not end in " + limitMs + " ms");
            }
            work.run();
            done = true;
        } catch (IOException failure) {
            throw mount.explain(failure, mount.point());
        } finally {
            if (!done) {
                end(hold);
            }
        }
        return hold;
    }

    private void end(long hold) {
        synchronized (mount) {
            if (hold == 0 || hold != current) {
                return;
            }
            current = 0;
            if (!mount.becomeMountedAgain()) {
                return;
            }
        }
        doors.letOn();
    }
}
