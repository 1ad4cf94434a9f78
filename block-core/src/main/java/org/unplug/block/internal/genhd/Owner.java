package org.unplug.block.internal.genhd;

import java.util.ArrayList;
import java.util.List;
import org.unplug.ref.Clockwork;

/**
 * A bundle, as an owner of disks, handles and references: copied values, never the bundle itself. When it begins to stop its
 * disks are removed; when it has stopped it owns nothing any more, like a process that died.
 */
public final class Owner {

    private static final int MOST_LANES = 16;
    private static final long ITSELF = -1;

    private final long id;
    private final String name;
    private final Belongings disks = new Belongings();
    private final Belongings handles = new Belongings();

    /** What is taken back when a time has come, newest first. */
    private final class Belongings {
        private final List<Runnable> takeBacks = new ArrayList<>();
        private boolean over;

        synchronized void add(Runnable takeBack) {
            if (over) {
                throw new IllegalStateException("bundle " + name + " has stopped and cannot own anything");
            }
            takeBacks.add(takeBack);
        }

        synchronized void remove(Runnable takeBack) {
            takeBacks.remove(takeBack);
        }

        private synchronized void end() {
            over = true;
        }

        private synchronized Runnable takeNewest() {
            return takeBacks.isEmpty() ? null : takeBacks.remove(takeBacks.size() - 1);
        }

        private synchronized int count() {
            return takeBacks.size();
        }

        private void takeAllBack() {
            Runnable next = takeNewest();
            while (next != null) {
                next.run();
                next = takeNewest();
            }
        }
    }

    public Owner(long id, String name) {
        this.id = id;
        this.name = name;
    }

    /** The block layer, for its own looks at disks and for their parts. */
    public static Owner itself() {
        return new Owner(ITSELF, "org.unplug.block-core");
    }

    boolean isItself() {
        return id == ITSELF;
    }

    public long id() {
        return id;
    }

    public String name() {
        return name;
    }

    /**
     * Notes how a disk is removed when the bundle begins to stop.
     *
     * @throws IllegalStateException if it did already
     */
    void ownsDisk(Runnable remove) {
        disks.add(remove);
    }

    void disownsDisk(Runnable remove) {
        disks.remove(remove);
    }

    /**
     * Notes how a handle is closed when the bundle has stopped.
     *
     * @throws IllegalStateException if it did already
     */
    void ownsHandle(Runnable close) {
        handles.add(close);
    }

    void disownsHandle(Runnable close) {
        handles.remove(close);
    }

    /**
     * The bundle begins to stop: removes its disks. Several are removed side by side, so that a stuck one does not delay the
     * others (R10). Blocks as long as the removals do, which are bounded; idempotent.
     */
    public void stopping(Clockwork clockwork) {
        disks.end();
        int lanes = Math.min(MOST_LANES, disks.count());
        Errands removals = new Errands(clockwork);
        for (int lane = 1; lane < lanes; lane++) {
            removals.send("removal of the disks of " + name, disks::takeAllBack);
        }
        disks.takeAllBack();
        removals.await(Long.MAX_VALUE, () -> false);
    }

    /** The bundle has stopped: removes and closes whatever is left. Idempotent. */
    public void stopped(Clockwork clockwork) {
        stopping(clockwork);
        handles.end();
        handles.takeAllBack();
    }

    @Override
    public String toString() {
        return name;
    }
}
