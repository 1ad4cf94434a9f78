package org.unplug.export.nbd.internal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.unplug.block.Disk;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.block.GoneException;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.Removal;
import org.unplug.ref.Clockwork;

/**
 * A disk on offer, and its holder while clients have it open. One handle serves all of them, exclusively where it may write:
 * so no file system is mounted here and changed from elsewhere, and a flush on one connection covers the writes of all.
 */
final class Export implements Holder {

    /** How long who comes waits for a close. */
    private static final long CLOSE_NANOS = 5_000_000_000L;

    private final String name;
    private final Disk disk;
    private final boolean readOnly;
    private final long lingerMs;
    private final Clockwork clockwork;

    /** Guarded by this, down to the empty line. */
    private final Set<Session> sessions = new LinkedHashSet<>();

    private DiskHandle handle;
    /** Whether the last one has left and the disk is being closed. */
    private boolean closing;

    private boolean gone;

    private volatile boolean refusesChanges;

    Export(String name, Disk disk, boolean readOnly, long lingerMs, Clockwork clockwork) {
        this.name = name;
        this.disk = disk;
        this.readOnly = readOnly || disk.info().readOnly();
        this.lingerMs = lingerMs;
        this.clockwork = clockwork;
    }

    String name() {
        return name;
    }

    DiskInfo info() {
        return disk.info();
    }

    boolean readOnly() {
        return readOnly;
    }

    /** What a person is told about it. */
    String description() {
        DiskInfo info = disk.info();
        return (info.model() + " " + info.serial()).strip();
    }

    boolean refusesChanges() {
        return refusesChanges;
    }

    synchronized int clients() {
        return sessions.size();
    }

    /**
     * Opens the disk for a client; paired with {@link #leave}. Who comes while the last one leaves waits until the disk is closed,
     * or else it would find it in use, by this export.
     *
     * @throws GoneException if it is being removed
     * @throws IOException if somebody else has it exclusively
     */
    synchronized DiskHandle join(Session session) throws IOException {
        clockwork.awaitUntil(this, clockwork.nanoTime() + CLOSE_NANOS, () -> !closing || gone);
        if (gone) {
            throw new GoneException(name);
        }
        if (handle == null) {
            handle = disk.open(this, readOnly ? OpenMode.READ : OpenMode.EXCLUSIVE);
        }
        sessions.add(session);
        return handle;
    }

    void leave(Session session) {
        DiskHandle unused = null;
        synchronized (this) {
            if (sessions.remove(session) && sessions.isEmpty()) {
                unused = handle;
                handle = null;
                closing = true;
            }
        }
        if (unused != null) {
            try {
                unused.close();
            } finally {
                closed();
            }
        }
    }

    private synchronized void closed() {
        closing = false;
        notifyAll();
    }

    @Override
    public String holderName() {
        return "nbd export " + name;
    }

    /** Nothing here is dirty: what was acknowledged is in the disk. From now on nothing is changed any more. */
    @Override
    public void sync(long timeoutMs) {
        refusesChanges = true;
    }

    /** What is under way is answered, what comes is answered ESHUTDOWN, and who has not left by then is cut off. */
    @Override
    public void markDead(Removal kind) {
        withdraw(lingerMs);
    }

    /**
     * Offers it no more, and has its clients go.
     *
     * @param grantedMs how long they may linger
     */
    void withdraw(long grantedMs) {
        List<Session> told;
        synchronized (this) {
            gone = true;
            notifyAll();
            told = new ArrayList<>(sessions);
        }
        refusesChanges = true;
        told.forEach(session -> session.retire("export " + name + " is gone", grantedMs));
    }
}
