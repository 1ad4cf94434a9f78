package org.unplug.fs.internal.mount;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.unplug.block.BlockException;
import org.unplug.block.BlockStatus;
import org.unplug.block.Disk;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskState;
import org.unplug.block.GoneException;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.fs.CacheUse;
import org.unplug.fs.CheckReport;
import org.unplug.fs.DiskGoneException;
import org.unplug.fs.FormatOptions;
import org.unplug.fs.Mount;
import org.unplug.fs.MountOptions;
import org.unplug.fs.MountState;
import org.unplug.fs.MountTable;
import org.unplug.fs.UnmountMode;
import org.unplug.fs.UnmountReport;
import org.unplug.fs.VolumeIdentity;
import org.unplug.fs.internal.pagecache.PagePool;
import org.unplug.fs.spi.FileSystemType;
import org.unplug.ref.Clockwork;

/** The mount table. Its monitor guards the map and is held for moments; what blocks runs outside it. */
public final class Mounts implements MountTable, AutoCloseable {

    /** Told of mounts, outside locks: {@link #mounted} before mount returns, {@link #leaving} when unmount begins. */
    public interface Listener {
        void mounted(Mount mount);

        /** It has other options. */
        default void changed(Mount mount) {}

        void leaving(Mount mount);

        /** Nobody who wants to know. */
        static Listener none() {
            return new Listener() {
                @Override
                public void mounted(Mount mount) {}

                @Override
                public void leaving(Mount mount) {}
            };
        }
    }

    /**
     * What can be configured.
     *
     * @param cacheBytes most bytes of each mount's page cache
     * @param allCachesBytes most bytes of all of them together
     * @param syncTimeoutMs how long unmounting waits for a disk that lives
     */
    public record Settings(long cacheBytes, long allCachesBytes, long syncTimeoutMs) {
        public static final Settings DEFAULT = new Settings(32L << 20, 30_000);

        public Settings(long cacheBytes, long syncTimeoutMs) {
            this(cacheBytes, 128L << 20, syncTimeoutMs);
        }
    }

    private final DiskSource disks;
    private final PagePool pool;
    private final Volumes volumes;
    private final Patience patience;
    private final Clockwork clockwork;
    private volatile Settings settings;
    private final Listener listener;
    private final Consumer<String> log;
    private final Map<String, MountPoint> mounts = new LinkedHashMap<>();
    /** Unmounted lazily and not finished; guarded like the map. */
    private final Set<MountPoint> detached = new LinkedHashSet<>();

    /** The caller closes it, and the clockwork after it. */
    public Mounts(
            DiskSource disks,
            Patience patience,
            Supplier<List<FileSystemType>> types,
            Clockwork clockwork,
            Settings settings,
            Listener listener,
            Consumer<String> log) {
        this.disks = disks;
        this.patience = patience;
        pool = new PagePool(settings.allCachesBytes(), settings.cacheBytes());
        volumes = new Volumes(disks, types, clockwork, pool, log);
        this.clockwork = clockwork;
        this.settings = settings;
        this.listener = listener;
        this.log = log;
    }

    /** Other limits hold from now on, for what is mounted too: caches shrink as far as nobody uses what is in them. */
    public void change(Settings wanted) {
        settings = wanted;
        pool.limit(wanted.allCachesBytes(), wanted.cacheBytes());
    }

    @Override
    public Mount mount(String disk, String mountPoint, String type, MountOptions options) throws IOException {
        String found = volumes.resolve(disk);
        if (options.resumeMs() == 0) {
            return mount(found, 0, mountPoint, type, options, () -> {});
        }
        Patience.Held held = patience.over(found, options.resumeMs());
        // Taking it away blocks, and unmounting must not wait for a disk that is gone.
        Runnable release = () -> clockwork.execute("release " + held.disk(), held::close);
        return mount(held.disk(), 0, mountPoint, type, options, release);
    }

    @Override
    public Mount mount(Disk disk, String mountPoint, String type, MountOptions options) throws IOException {
        if (disk.state() != DiskState.LIVE && disk.state() != DiskState.SYNCING) {
            throw new DiskGoneException(mountPoint, disk.info().name());
        }
        if (options.resumeMs() > 0) {
            return mount(disk.info().name(), mountPoint, type, options);
        }
        return mount(disk.info().name(), disk.info().epoch(), mountPoint, type, options, () -> {});
    }

    /** @param release run once, when the disk is not needed any more or the mount did not come to be */
    private Mount mount(String disk, long epoch, String mountPoint, String type, MountOptions options, Runnable release)
            throws IOException {
        boolean done = false;
        try {
            Mount mount = mountNow(disk, epoch, mountPoint, type, options, release);
            done = true;
            return mount;
        } finally {
            if (!done) {
                release.run();
            }
        }
    }

    private Mount mountNow(
            String disk, long epoch, String mountPoint, String type, MountOptions options, Runnable release)
            throws IOException {
        String point = canonical(mountPoint);
        List<FileSystemType> candidates = volumes.candidates(type, point);
        MountPoint mount = new MountPoint(
                point, disk, options, clockwork, () -> settings.syncTimeoutMs(), log, listener::leaving, gone -> {
                    forget(gone);
                    release.run();
                });
        synchronized (mounts) {
            MountPoint there = mounts.putIfAbsent(point, mount);
            if (there != null) {
                throw new FileSystemException(
                        point, null, "mount point in use: disk " + there.disk() + " is mounted there");
            }
        }
        boolean done = false;
        try {
            mount.opened(open(disk, epoch, mount, options), pool);
            mount.mount(Volumes.probe(candidates, type, mount.pages()));
            listener.mounted(mount);
            done = true;
            return mount;
        } catch (DiskGoneException gone) {
            throw new DiskGoneException(point, disk);
        } finally {
            if (!done) {
                synchronized (mounts) {
                    mounts.remove(point, mount);
                }
                mount.abandon();
            }
        }
    }

    private DiskHandle open(String disk, long epoch, Holder holder, MountOptions options) throws IOException {
        try {
            return disks.open(disk, epoch, holder, OpenMode.EXCLUSIVE);
        } catch (GoneException gone) {
            throw new DiskGoneException(null, disk);
        } catch (BlockException refused) {
            if (refused.status() == BlockStatus.PROTECTED) {
                return openProtected(disk, epoch, holder, options);
            }
            throw new FileSystemException(disk, null, refused.getMessage());
        }
    }

    /** A write protected disk is mounted without changes, if not even exclusively. */
    private DiskHandle openProtected(String disk, long epoch, Holder holder, MountOptions options) throws IOException {
        if (!options.readOnly()) {
            log.accept("disk " + disk + " is write protected: mounting read-only");
        }
        try {
            return disks.open(disk, epoch, holder, OpenMode.READ);
        } catch (GoneException gone) {
            throw new DiskGoneException(null, disk);
        } catch (BlockException refused) {
            throw new FileSystemException(disk, null, refused.getMessage());
        }
    }

    private static String canonical(String mountPoint) throws FileSystemException {
        String point = mountPoint.length() > 1 ? mountPoint.replaceAll("/+$", "") : mountPoint;
        if (!point.startsWith("/") || point.contains("//") || (point + "/").matches(".*/\\.{1,2}/.*")) {
            throw new FileSystemException(mountPoint, null, "a mount point is an absolute path such as /mnt/card");
        }
        return point;
    }

    @Override
    public UnmountReport unmount(String mountPoint, UnmountMode mode) throws IOException {
        MountPoint mount = mounted(mountPoint);
        return switch (mode) {
            case ORDERLY -> mount.unmount();
            case FORCED -> mount.force();
            case LAZY -> {
                synchronized (mounts) {
                    mounts.remove(mount.point(), mount);
                    detached.add(mount);
                }
                yield mount.detach();
            }
        };
    }

    private MountPoint mounted(String mountPoint) throws FileSystemException {
        String point = canonical(mountPoint);
        synchronized (mounts) {
            MountPoint mount = mounts.get(point);
            if (mount != null && mount.state() != MountState.MOUNTING) {
                return mount;
            }
        }
        throw new FileSystemException(point, null, "nothing is mounted there");
    }

    @Override
    public Mount remount(String mountPoint, MountOptions options) throws IOException {
        MountPoint mount = mounted(mountPoint);
        mount.remount(options);
        listener.changed(mount);
        return mount;
    }

    @Override
    public Optional<VolumeIdentity> identify(String disk) throws IOException {
        return volumes.identify(disk);
    }

    private void forget(MountPoint mount) {
        synchronized (mounts) {
            mounts.remove(mount.point(), mount);
            detached.remove(mount);
        }
    }

    @Override
    public List<Mount> list() {
        List<Mount> all = new ArrayList<>();
        synchronized (mounts) {
            for (MountPoint mount : mounts.values()) {
                MountState state = mount.state();
                if (state != MountState.MOUNTING && state != MountState.UNMOUNTED && mount.superBlock() != null) {
                    all.add(mount);
                }
            }
        }
        return all;
    }

    @Override
    public CacheUse cache() {
        long dirty =
                list().stream().mapToLong(mount -> mount.cache().dirtyBytes()).sum();
        return new CacheUse(pool.bytes(), dirty, pool.limitBytes());
    }

    @Override
    public Optional<Mount> find(String mountPoint) {
        return list().stream().filter(mount -> mount.point().equals(mountPoint)).findFirst();
    }

    @Override
    public String format(String disk, FormatOptions options) throws IOException {
        FileSystemType type = volumes.candidates(options.type(), disk).get(0);
        return volumes.with(disk, OpenMode.EXCLUSIVE, "mkfs", volume -> type.format(volume, options));
    }

    @Override
    public CheckReport check(String disk, boolean repair) throws IOException {
        return volumes.with(
                volumes.resolve(disk),
                repair ? OpenMode.EXCLUSIVE : OpenMode.READ,
                "fsck",
                volume -> volumes.typeOf(volume).check(volume, repair));
    }

    @Override
    public void label(String disk, String label) throws IOException {
        volumes.with(volumes.resolve(disk), OpenMode.EXCLUSIVE, "label", volume -> {
            volumes.typeOf(volume).setLabel(volume, label);
            return label;
        });
    }

    @Override
    public void sync() throws IOException {
        IOException first = null;
        for (Mount mount : list()) {
            if (mount.state() == MountState.DEAD || mount.state() == MountState.UNMOUNTING) {
                continue;
            }
            try {
                mount.sync();
            } catch (DiskGoneException goneMeanwhile) {
                // As if it had been dead before.
            } catch (IOException failed) {
                if (first == null) {
                    first = failed;
                } else {
                    first.addSuppressed(failed);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }

    @Override
    public List<String> types() {
        return volumes.names();
    }

    /** Unmounts everything, the newest first. */
    @Override
    public void close() {
        List<MountPoint> all;
        synchronized (mounts) {
            all = new ArrayList<>(detached);
            all.addAll(mounts.values());
        }
        for (int i = all.size() - 1; i >= 0; i--) {
            MountPoint mount = all.get(i);
            if (mount.state() != MountState.MOUNTING) {
                mount.unmount().problems().forEach(log);
            }
        }
    }
}
