package org.unplug.block.internal.genhd;

import java.util.ArrayList;
import java.util.List;

/**
 * A bundle, as an owner of disks, handles and references: copied values, never the bundle itself. When it has stopped it
 * owns nothing any more, like a process that died.
 */
public final class Owner {

    private final long id;
    private final String name;
    private final List<Runnable> belongings = new ArrayList<>();
    private boolean dead;

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
     * Notes something that is taken back when the owner dies.
     *
     * @throws IllegalStateException if it died already
     */
    void owns(Runnable takeBack) {
        synchronized (belongings) {
            if (dead) {
                throw new IllegalStateException("bundle " + name + " has stopped and cannot own anything");
            }
            belongings.add(takeBack);
        }
    }

    void disowns(Runnable takeBack) {
        synchronized (belongings) {
            belongings.remove(takeBack);
        }
    }

    /** Takes back what it owns, newest first; idempotent. May block as long as removals do. */
    public void die() {
        List<Runnable> left;
        synchronized (belongings) {
            dead = true;
            left = new ArrayList<>(belongings);
            belongings.clear();
        }
        for (int i = left.size() - 1; i >= 0; i--) {
            left.get(i).run();
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
