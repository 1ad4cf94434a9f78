package org.unplug.fs.internal.mount;

import java.io.IOException;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.unplug.block.DiskHandle;
import org.unplug.block.Holder;
import org.unplug.block.Removal;
import org.unplug.fs.CacheUse;
import org.unplug.fs.DiskGoneException;
import org.unplug.fs.Mount;
import org.unplug.fs.MountOptions;
import org.unplug.fs.MountState;
import org.unplug.fs.Space;
import org.unplug.fs.UnmountReport;
import org.unplug.fs.internal.nio.Lifeline;
import org.unplug.fs.internal.nio.MountFileSystem;
import org.unplug.fs.internal.pagecache.PageCache;
import org.unplug.fs.internal.pagecache.PagePool;
import org.unplug.fs.spi.FileSystemType;
import org.unplug.fs.spi.SuperBlock;
import org.unplug.ref.Clockwork;
import org.unplug.ref.Gate;

/**
 * One mount: the holder of its disk, and the door of its file system.
 *
 * <p><b>Theory of operation.</b> Every operation passes the {@link Doors}, every changing one also the door for changers.
 * <ul>
 *   <li>Orderly removal: SYNCING closes the latter and waits until no changer is inside; then nothing can become dirty, all is
 *       written back and the volume marked clean: QUIESCED.
 *   <li>Frozen: as that, but changers wait, and go on when it thaws.
 *   <li>Surprise: DEAD closes the doors, ends the page cache and closes the handle. It waits for nobody: who is inside and blocked is
 *       blocked in the cache, which has just ended and wakes him. It takes no lock but this monitor and the cache's, and neither is
 *       held while somebody waits for a device.
 *   <li>{@link Unmounting} closes the doors and waits until nobody is inside; then as the orderly removal. A timer ends the cache if
 *       that takes too long.
 * </ul>
 * The monitor guards the state; what follows from a change of state is done outside it.
 */
final class MountPoint implements Mount, Holder, Lifeline {
    private static final long NANOS_PER_MS = 1_000_000;

    private final String point;
    private final String disk;
    private final Clockwork clockwork;
    private final Consumer<String> log;
    private final Doors doors;
    private final Freeze freeze;
    private final Flusher flusher;
    private final Unmounting unmounting;
    private final MountFileSystem fileSystem = new MountFileSystem(this);

    private volatile MountState state = MountState.MOUNTING;
    private volatile DiskHandle handle;
    private volatile PageCache cache;
    private volatile SuperBlock superBlock;
    private volatile MountOptions options;
    private long epoch;
    private boolean clean;

    /**
     * @param syncTimeoutMs asked when it is needed: how long unmounting waits for a disk that lives
     * @param leaving told once, on any thread, outside locks: this begins to be unmounted
     * @param left likewise: it is unmounted, the disk was given back
     */
    MountPoint(
            String point,
            String disk,
            MountOptions options,
            Clockwork clockwork,
            LongSupplier syncTimeoutMs,
            Consumer<String> log,
            Consumer<MountPoint> leaving,
            Consumer<MountPoint> left) {
        this.point = point;
        this.disk = disk;
        this.options = options;
        this.clockwork = clockwork;
        this.log = log;
        doors = new Doors(clockwork);
        freeze = new Freeze(this, doors, clockwork, syncTimeoutMs);
        flusher = new Flusher(clockwork, this);
        unmounting = new Unmounting(this, fileSystem, doors, clockwork, syncTimeoutMs, leaving, left);
    }

    /** Takes over the handle, which was opened for this holder. */
    void opened(DiskHandle newHandle, PagePool pool) throws IOException {
        boolean dead;
        synchronized (this) {
            epoch = newHandle.info().epoch();
            handle = newHandle;
            boolean readOnly = options.readOnly() || newHandle.info().readOnly();
            options = options.withReadOnly(readOnly);
            cache = new PageCache(newHandle, readOnly, Long.MAX_VALUE, pool, clockwork, log);
            dead = state == MountState.DEAD;
        }
        if (dead) {
            letGo(true);
            throw new DiskGoneException(point, disk);
        }
    }

    PageCache pages() {
        return cache;
    }

    /** Reads the volume and is mounted, or throws, when {@link #abandon} is to follow. */
    void mount(FileSystemType type) throws IOException {
        superBlock = type.mount(cache, options);
        synchronized (this) {
            if (state == MountState.DEAD) {
                throw new DiskGoneException(point, disk);
            }
            state = state.moveTo(MountState.MOUNTED, toString());
        }
    }

    /** It did not come to be mounted. */
    void abandon() {
        synchronized (this) {
            state = state.moveTo(MountState.UNMOUNTED, toString());
        }
        doors.close();
        letGo(false);
    }

    /** Ends the cache and gives the disk back. */
    void letGo(boolean diskGone) {
        PageCache ending = cache;
        if (ending != null) {
            ending.end(diskGone);
        }
        DiskHandle closing = handle;
        if (closing != null) {
            closing.close();
        }
    }

    @Override
    public String point() {
        return point;
    }

    @Override
    public String disk() {
        return disk;
    }

    @Override
    public synchronized long epoch() {
        return epoch;
    }

    @Override
    public String type() {
        return superBlock.type();
    }

    @Override
    public String label() {
        return superBlock.label();
    }

    @Override
    public String uuid() {
        return superBlock.uuid();
    }

    @Override
    public MountOptions options() {
        return options.withReadOnly(options.readOnly() || superBlock.readOnly());
    }

    @Override
    public MountState state() {
        return state;
    }

    @Override
    public Space space() {
        return superBlock.space();
    }

    @Override
    public boolean isDirty() {
        return state.readable() && superBlock.isDirty();
    }

    @Override
    public CacheUse cache() {
        return new CacheUse(cache.bytesHeld(), cache.dirtyBytes(), cache.limitBytes());
    }

    @Override
    public FileSystem fileSystem() {
        return fileSystem;
    }

    @Override
    public SuperBlock superBlock() {
        return superBlock;
    }

    @Override
    public boolean isThere() {
        MountState now = state;
        return now != MountState.UNMOUNTING && now != MountState.UNMOUNTED && !unmounting.isDetached();
    }

    void warn(String line) {
        log.accept("mount " + point + ": " + line);
    }

    @Override
    public void enter(Object file) throws IOException {
        if (!doors.enter()) {
            throw refusal(file);
        }
    }

    @Override
    public void exit() {
        doors.exit();
    }

    @Override
    public Gate enterChange(Object file) throws IOException {
        enter(file);
        Gate gate = doors.enterChange();
        if (gate == null) {
            doors.exit();
            throw refusal(file);
        }
        return gate;
    }

    @Override
    public void exitChange(Gate gate) {
        gate.exit();
        doors.exit();
        flusher.poke();
    }

    @Override
    public void afterChange() throws IOException {
        if (options.sync()) {
            superBlock.sync();
        }
    }

    @Override
    public boolean keepsAccessTimes() {
        return options.accessTimes() && state == MountState.MOUNTED && !superBlock.readOnly();
    }

    @Override
    public void writerClosed() {
        if (options.flush()) {
            flusher.now();
        }
    }

    @Override
    public void lastClosed() {
        if (unmounting.isDetached()) {
            clockwork.execute("unmount " + disk, this::unmount);
        }
    }

    private IOException refusal(Object about) {
        String file = about.toString();
        return switch (state) {
            // An orderly removal is final once it has begun: for who would change something, the disk is gone already.
            case DEAD, SYNCING, QUIESCED -> new DiskGoneException(file, disk);
            case UNMOUNTING, UNMOUNTED -> throw new ClosedFileSystemException();
            case MOUNTING, MOUNTED, FROZEN -> new FileSystemException(file, null, "mount " + point + " refuses");
        };
    }

    @Override
    public void execute(String name, Runnable task) {
        clockwork.execute(name + " on " + disk, task);
    }

    @Override
    public IOException explain(IOException failure, Object file) {
        if (failure instanceof DiskGoneException) {
            // The disk said so itself before its removal reached this holder.
            die();
            return new DiskGoneException(file.toString(), disk);
        }
        if (state == MountState.DEAD) {
            return new DiskGoneException(file.toString(), disk);
        }
        return failure;
    }

    @Override
    public void sync() throws IOException {
        read(point, mounted -> {
            mounted.sync();
            return null;
        });
    }

    /** As {@link #sync}, but no error if it is over meanwhile. */
    void flushInBackground() throws IOException {
        if (!doors.enter()) {
            return;
        }
        try {
            if (superBlock.isDirty()) {
                superBlock.sync();
            }
        } catch (DiskGoneException gone) {
            die();
        } finally {
            doors.exit();
        }
    }

    @Override
    public String holderName() {
        return "mount at " + point;
    }

    @Override
    public void sync(long timeoutMs) throws IOException {
        long deadline = clockwork.nanoTime() + timeoutMs * NANOS_PER_MS;
        synchronized (this) {
            if (state == MountState.UNMOUNTING) {
                unmounting.awaitWritten(deadline);
                return;
            }
            if (state != MountState.MOUNTED && state != MountState.FROZEN) {
                return;
            }
            state = state.moveTo(MountState.SYNCING, toString());
        }
        doors.closeToChanges();
        if (!doors.awaitChangersOut(timeoutMs)) {
            throw new FileSystemException(
                    point, null, doors.changersInside() + " changes did not end in " + timeoutMs + " ms");
        }
        superBlock.thaw();
        superBlock.quiesce();
        synchronized (this) {
            becomeClean();
            if (state == MountState.SYNCING) {
                state = state.moveTo(MountState.QUIESCED, toString());
            }
        }
    }

    @Override
    public void markDead(Removal kind) {
        if (die()) {
            boolean lost;
            synchronized (this) {
                lost = !isClean();
            }
            warn("disk " + disk + " is gone (" + kind.name().toLowerCase(Locale.ROOT) + ")"
                    + (lost ? "; what was not synced is lost" : ""));
        }
    }

    /** @return whether it was alive */
    boolean die() {
        synchronized (this) {
            if (!state.leadsTo(MountState.DEAD)) {
                return false;
            }
            state = state.moveTo(MountState.DEAD, toString());
            notifyAll();
        }
        doors.close();
        letGo(true);
        fileSystem.closeWatchers(new DiskGoneException(point, disk));
        return true;
    }

    @Override
    public void freeze(long atMostMs) throws IOException {
        if (atMostMs < 1) {
            throw new IllegalArgumentException("freeze for " + atMostMs + " ms: must be 1 or more");
        }
        freeze.begin(atMostMs, superBlock::freeze);
    }

    /** The caller holds the monitor. */
    void becomeFrozen() throws IOException {
        if (state == MountState.DEAD) {
            throw new DiskGoneException(point, disk);
        }
        if (state != MountState.MOUNTED) {
            throw new FileSystemException(point, null, "is " + state.name().toLowerCase(Locale.ROOT));
        }
        state = state.moveTo(MountState.FROZEN, toString());
    }

    /** The caller holds the monitor. @return false if it has become something else meanwhile */
    boolean becomeMountedAgain() {
        if (state != MountState.FROZEN) {
            return false;
        }
        superBlock.thaw();
        state = state.moveTo(MountState.MOUNTED, toString());
        return true;
    }

    @Override
    public void thaw() {
        freeze.end();
    }

    /** Takes on other options; files stay open. */
    void remount(MountOptions wanted) throws IOException {
        if (state != MountState.MOUNTED) {
            throw new FileSystemException(point, null, "is " + state.name().toLowerCase(Locale.ROOT));
        }
        if (!wanted.readOnly() && handle.info().readOnly()) {
            throw new FileSystemException(point, null, "disk " + disk + " is write protected");
        }
        if (wanted.readOnly() == options.readOnly()) {
            options = wanted;
            return;
        }
        freeze.during(() -> {
            int writers = fileSystem.writers();
            if (wanted.readOnly() && writers > 0) {
                throw new FileSystemException(point, null, writers + " files are open for writing");
            }
            superBlock.freeze();
            cache.setReadOnly(false);
            superBlock.remount(wanted.readOnly());
            cache.setReadOnly(wanted.readOnly());
            options = wanted;
        });
    }

    /** Leaves the table at once, and is unmounted when nothing is open any more. */
    UnmountReport detach() {
        return unmounting.lazily();
    }

    /** As if the disk had been pulled. */
    UnmountReport force() {
        return unmounting.byForce();
    }

    @Override
    public UnmountReport unmount() {
        return unmounting.orderly();
    }

    /** The caller holds the monitor. @return whether the disk is gone, and nothing is to be written back */
    boolean beginUnmounting() {
        boolean dead = state == MountState.DEAD;
        state = state.moveTo(dead ? MountState.UNMOUNTED : MountState.UNMOUNTING, toString());
        return dead;
    }

    /** The caller holds the monitor. */
    void endUnmounting() {
        if (state != MountState.UNMOUNTED) {
            state = state.moveTo(MountState.UNMOUNTED, toString());
        }
    }

    /** The caller holds the monitor: everything is on the disk. */
    void becomeClean() {
        clean = true;
    }

    /** The caller holds the monitor. */
    boolean isClean() {
        return clean || options.readOnly();
    }

    @Override
    public String toString() {
        return disk + " at " + point;
    }
}
