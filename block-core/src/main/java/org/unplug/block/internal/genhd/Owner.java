package org.unplug.block.internal.genhd;

import java.util.ArrayList;
import java.util.List;

/**
 * A bundle, as an owner of disks, handles and references: copied values, never the bundle itself. When it begins to stop its
 * disks are removed; when it has stopped it owns nothing any more, like a process that died.
 */
public final class Owner {

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

        void takeAllBack() {
            List<Runnable> left;
            synchronized (this) {
                over = true;
                left = new ArrayList<>(takeBacks);
                takeBacks.clear();
            }
            for (int i = left.size() - 1; i >= 0; i--) {
                left.get(i).run();
            }
        }
    }

    public Owner(long id, String name) {
        this.id = id;
        this.name = name;
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

    /** The bundle begins to stop: removes its disks. Blocks as long as their removals do; idempotent. */
    public void stopping() {
        disks.takeAllBack();
    }

    /** The bundle has stopped: removes and closes whatever is left. Idempotent. */
    public void stopped() {
        stopping();
        handles.takeAllBack();
    }

    @Override
    public String toString() {
        return name;
    }
}
