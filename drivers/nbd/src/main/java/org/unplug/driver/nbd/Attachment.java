package org.unplug.driver.nbd;

import java.io.IOException;
import java.util.function.Consumer;
import org.unplug.block.Disks;
import org.unplug.block.Removal;
import org.unplug.block.spi.DiskRegistration;
import org.unplug.ref.Clockwork;

/**
 * A disk for as long as its server is there: connects, adds it, keeps its connections, removes it when the server is gone for
 * too long, and looks for the server again.
 */
final class Attachment implements NbdDriver.Watch, AutoCloseable {

    private static final long FIRST_PAUSE_MS = 50;
    private static final long LONGEST_PAUSE_MS = 2_000;

    private final Settings settings;
    private final String prefix;
    private final Disks disks;
    private final Line.Opener lines;
    private final Clockwork clockwork;
    private final Consumer<String> log;

    /** Guarded by this, as all below. */
    private NbdDriver driver;

    private DiskRegistration disk;
    private boolean closed;

    Attachment(Settings settings, String prefix, Disks disks, Clockwork clockwork, Consumer<String> log) {
        this(settings, prefix, disks, SocketLine::new, clockwork, log);
    }

    /** @param lines how to connect */
    Attachment(
            Settings settings,
            String prefix,
            Disks disks,
            Line.Opener lines,
            Clockwork clockwork,
            Consumer<String> log) {
        this.settings = settings;
        this.prefix = prefix;
        this.disks = disks;
        this.lines = lines;
        this.clockwork = clockwork;
        this.log = log;
    }

    /**
     * Connects and adds the disk; blocks, at most as long as the settings grant.
     *
     * @throws IOException if there is no such server or export, or it cannot be a disk
     */
    void attach() throws IOException {
        NbdDriver fresh = new NbdDriver(settings, clockwork, this);
        Link first = Link.connect(fresh, 0, settings, lines, clockwork);
        synchronized (this) {
            driver = closed ? null : fresh;
            disk = null;
        }
        if (isClosed()) {
            IOException late = new IOException(settings.uri() + ": detached meanwhile");
            first.fail(late);
            throw late;
        }
        fresh.up(first);
        clockwork.execute("link 0 of " + settings.uri(), () -> keep(fresh, 0, first));
        try {
            DiskRegistration added = disks.add(fresh.spec(prefix), fresh);
            synchronized (this) {
                disk = added;
            }
        } catch (IOException | RuntimeException e) {
            fresh.close();
            throw e;
        }
        if (fresh.isDead()) {
            // It died before there was a disk to tell.
            dead();
            return;
        }
        if (first.remote().allowsSeveral()) {
            for (int i = 1; i < settings.connections(); i++) {
                int number = i;
                clockwork.execute("link " + number + " of " + settings.uri(), () -> keep(fresh, number, null));
            }
        }
    }

    /** Runs a link, and others in its place, until the driver is dead. */
    private void keep(NbdDriver kept, int number, Link connected) {
        Link link = connected;
        long pauseMs = FIRST_PAUSE_MS;
        while (!kept.isDead()) {
            if (link != null) {
                link.run();
                link = null;
                pauseMs = FIRST_PAUSE_MS;
                continue;
            }
            try {
                Link next = Link.connect(kept, number, settings, lines, clockwork);
                try {
                    kept.up(next);
                    link = next;
                } catch (IOException e) {
                    next.fail(e);
                    throw e;
                }
            } catch (IOException e) {
                pause(kept, pauseMs);
                pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
            }
        }
    }

    /** While the disk is removed in order it still wants its connections. */
    private synchronized void pause(NbdDriver kept, long ms) {
        if (!kept.isDead()) {
            clockwork.await(this, ms * 1_000_000);
        }
    }

    private synchronized void pause(long ms) {
        if (!closed) {
            clockwork.await(this, ms * 1_000_000);
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public void lost(Link link, String why) {
        if (!isClosed()) {
            log.accept(settings.uri() + ": connection " + link.number() + ": " + why);
        }
    }

    @Override
    public void dead() {
        DiskRegistration of;
        NbdDriver dying;
        synchronized (this) {
            of = disk;
            dying = driver;
            disk = null;
        }
        if (of == null) {
            return;
        }
        of.markDead();
        clockwork.execute("removal of " + of.info().name(), () -> {
            of.remove(Removal.SURPRISE);
            dying.close();
            comeBack();
        });
    }

    /** Looks for the server until it is there again: a new disk, for the old one is gone for good. */
    private void comeBack() {
        long pauseMs = FIRST_PAUSE_MS;
        while (!isClosed()) {
            try {
                attach();
                if (isClosed()) {
                    detach();
                }
                return;
            } catch (IOException | IllegalStateException e) {
                pause(pauseMs);
                pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
            }
        }
    }

    /** What the disk is called; null while there is none. */
    synchronized String diskName() {
        return disk == null ? null : disk.info().name();
    }

    synchronized NbdDriver driver() {
        return driver;
    }

    /** Removes the disk, orderly, and closes the connections. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        detach();
    }

    private void detach() {
        DiskRegistration of;
        NbdDriver ending;
        synchronized (this) {
            of = disk;
            ending = driver;
            disk = null;
        }
        if (of != null) {
            of.remove(Removal.ORDERLY);
        }
        if (ending != null) {
            ending.close();
        }
        synchronized (this) {
            notifyAll();
        }
    }
}
