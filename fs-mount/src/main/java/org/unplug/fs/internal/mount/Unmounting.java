package org.unplug.fs.internal.mount;

import java.io.IOException;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.unplug.fs.DiskGoneException;
import org.unplug.fs.UnmountReport;
import org.unplug.fs.internal.nio.MountFileSystem;
import org.unplug.ref.Clockwork;

/**
 * How a mount is ended, orderly, by force or when nothing is open any more: once, and always. Who asks for it while another thread is
 * at it waits for that one's report. Guarded by the mount's monitor.
 */
final class Unmounting {
    private static final long NANOS_PER_MS = 1_000_000;
    private static final long DRAIN_AFTER_FORCE_MS = 5_000;

    private final MountPoint mount;
    private final MountFileSystem files;
    private final Doors doors;
    private final Clockwork clockwork;
    private final LongSupplier timeoutMs;
    private final Consumer<MountPoint> leaving;
    private final Consumer<MountPoint> left;
    private boolean begun;
    private boolean detached;
    private String loss;
    private UnmountReport report;

    /**
     * @param timeoutMs how long the disk may take to write everything back
     * @param leaving told once, on any thread, outside locks: the mount begins to be unmounted
     * @param left likewise: it is unmounted, the disk was given back
     */
    Unmounting(
            MountPoint mount,
            MountFileSystem files,
            Doors doors,
            Clockwork clockwork,
            LongSupplier timeoutMs,
            Consumer<MountPoint> leaving,
            Consumer<MountPoint> left) {
        this.mount = mount;
        this.files = files;
        this.doors = doors;
        this.clockwork = clockwork;
        this.timeoutMs = timeoutMs;
        this.leaving = leaving;
        this.left = left;
        loss = "disk " + mount.disk() + " is gone: what was not synced is lost";
    }

    /** Whether the mount has left the table, and ends with the last open file. */
    boolean isDetached() {
        synchronized (mount) {
            return detached;
        }
    }

    /** Leaves the table at once, and is unmounted when nothing is open any more. */
    UnmountReport lazily() {
        boolean waits;
        synchronized (mount) {
            waits = mount.state().readable() && !detached && !begun;
            detached |= waits;
        }
        if (!waits) {
            return orderly();
        }
        leaving.accept(mount);
        int open = files.openFiles();
        if (open == 0) {
            return orderly();
        }
        return report(
                false, List.of(open + " files are open: " + mount.disk() + " is given back when they are closed"));
    }

    /** As if the disk had been pulled. */
    UnmountReport byForce() {
        boolean dirty = mount.isDirty();
        synchronized (mount) {
            if (!dirty) {
                mount.becomeClean();
            }
            loss = "forced: what was not synced is lost";
        }
        mount.die();
        return orderly();
    }

    /** Writes everything back if the disk is there, and gives it back in any case. */
    UnmountReport orderly() {
        boolean dead;
        synchronized (mount) {
            if (begun) {
                return awaitReport();
            }
            begun = true;
            dead = mount.beginUnmounting();
        }
        doors.close();
        files.closeWatchers(new ClosedFileSystemException());
        if (!isDetached()) {
            leaving.accept(mount);
        }
        List<String> problems = new ArrayList<>();
        if (dead) {
            files.closeChannelsOfDead();
        } else {
            writeBack(problems);
        }
        mount.letGo(false);
        left.accept(mount);
        synchronized (mount) {
            boolean clean = mount.isClean();
            if (!clean && problems.isEmpty()) {
                problems.add(loss);
            }
            mount.endUnmounting();
            report = report(clean, problems);
            mount.notifyAll();
            return report;
        }
    }

    private UnmountReport report(boolean clean, List<String> problems) {
        return new UnmountReport(mount.point(), mount.disk(), clean, problems);
    }

    /** Bounded: a timer ends the cache, and with it every wait, when the time is up. */
    private void writeBack(List<String> problems) {
        long limitMs = timeoutMs.getAsLong();
        Clockwork.Timer timer = clockwork.schedule(limitMs, () -> mount.pages().end(false));
        try {
            if (!doors.awaitAllOut(limitMs)) {
                problems.add(doors.inside() + " operations did not end in " + limitMs + " ms");
                mount.pages().end(false);
                doors.awaitAllOut(DRAIN_AFTER_FORCE_MS);
            }
            mount.superBlock().thaw();
            problems.addAll(files.closeChannels());
            mount.superBlock().quiesce();
            synchronized (mount) {
                mount.becomeClean();
            }
        } catch (IOException failed) {
            problems.add(
                    failed instanceof DiskGoneException ? loss : "not everything was written: " + failed.getMessage());
        } finally {
            timer.cancel();
        }
    }

    /** Under the monitor. Another thread unmounts. Its time is bounded, and so is this wait. */
    private UnmountReport awaitReport() {
        long deadline = clockwork.nanoTime() + (timeoutMs.getAsLong() * 2 + DRAIN_AFTER_FORCE_MS) * NANOS_PER_MS;
        if (!awaitEnd(deadline)) {
            return report(false, List.of("another unmount of " + mount.point() + " has not ended"));
        }
        return report;
    }

    /** Under the monitor. The unmount that is under way writes back what a sync is asked for: the disk must not refuse before. */
    void awaitWritten(long deadline) throws IOException {
        if (!awaitEnd(deadline)) {
            throw new FileSystemException(mount.point(), null, "its unmount has not ended in time");
        }
        if (!report.clean()) {
            throw new FileSystemException(mount.point(), null, String.join("; ", report.problems()));
        }
    }

    private boolean awaitEnd(long deadline) {
        return clockwork.awaitUntil(mount, deadline, () -> report != null);
    }
}
