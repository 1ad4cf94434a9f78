package org.unplug.fs.internal.mount;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
import org.unplug.block.Removal;
import org.unplug.fs.DiskGoneException;
import org.unplug.fs.FormatOptions;
import org.unplug.fs.Mount;
import org.unplug.fs.MountOptions;
import org.unplug.fs.MountState;
import org.unplug.fs.MountTable;
import org.unplug.fs.UnmountReport;
import org.unplug.fs.internal.pagecache.PageCache;
import org.unplug.fs.spi.FileSystemType;
import org.unplug.ref.Clockwork;

/** The mount table. Its monitor guards the map and is held for moments; what blocks runs outside it. */
public final class Mounts implements MountTable, AutoCloseable {

    /** Told of mounts, outside locks: {@link #mounted} before mount returns, {@link #leaving} when unmount begins. */
    public interface Listener {
        void mounted(Mount mount);

        void leaving(Mount mount);
    }

    /**
     * What can be configured.
     *
     * @param cacheBytes most bytes of each mount's page cache
     * @param syncTimeoutMs how long unmounting waits for a disk that lives
     */
    public record Settings(long cacheBytes, long syncTimeoutMs) {
        public static final Settings DEFAULT = new Settings(32L << 20, 30_000);
    }

    private final DiskSource disks;
    private final Supplier<List<FileSystemType>> types;
    private final Clockwork clockwork;
    private final Settings settings;
    private final Listener listener;
    private final Consumer<String> log;
    private final Map<String, MountPoint> mounts = new LinkedHashMap<>();

    /** The caller closes it, and the clockwork after it. */
    public Mounts(
            DiskSource disks,
            Supplier<List<FileSystemType>> types,
            Clockwork clockwork,
            Settings settings,
            Listener listener,
            Consumer<String> log) {
        this.disks = disks;
        this.types = types;
        this.clockwork = clockwork;
        this.settings = settings;
        this.listener = listener;
        this.log = log;
    }

    @Override
    public Mount mount(String disk, String mountPoint, String type, MountOptions options) throws IOException {
        return mount(disk, 0, mountPoint, type, options);
    }

    @Override
    public Mount mount(Disk disk, String mountPoint, String type, MountOptions options) throws IOException {
        if (disk.state() != DiskState.LIVE && disk.state() != DiskState.SYNCING) {
            throw new DiskGoneException(mountPoint, disk.info().name());
        }
        return mount(disk.info().name(), disk.info().epoch(), mountPoint, type, options);
    }

    private Mount mount(String disk, long epoch, String mountPoint, String type, MountOptions options)
            throws IOException {
        String point = canonical(mountPoint);
        List<FileSystemType> candidates = candidates(type, point);
        MountPoint mount = new MountPoint(
                point, disk, options, clockwork, settings.syncTimeoutMs(), log, listener::leaving, this::forget);
        synchronized (mounts) {
            MountPoint there = mounts.putIfAbsent(point, mount);
            if (there != null) {
                throw new FileSystemException(
                        point, null, "mount point in use: disk " + there.disk() + " is mounted there");
            }
        }
        boolean done = false;
        try {
            mount.opened(open(disk, epoch, mount, options), settings.cacheBytes());
            mount.mount(probe(candidates, type, mount.cache()));
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

    private List<FileSystemType> candidates(String type, String point) throws FileSystemException {
        List<FileSystemType> known = types.get();
        if (type.equals(AUTO)) {
            return known;
        }
        List<FileSystemType> named =
                known.stream().filter(t -> answers(t, type)).toList();
        if (named.isEmpty()) {
            throw new FileSystemException(
                    point, null, "file system type '" + type + "' is not known; known are " + types());
        }
        return named;
    }

    private static boolean answers(FileSystemType type, String name) {
        return type.name().equals(name) || type.variants().contains(name);
    }

    private static FileSystemType probe(List<FileSystemType> candidates, String asked, PageCache cache)
            throws IOException {
        String disk = cache.disk().name();
        for (FileSystemType type : candidates) {
            Optional<String> variant = type.probe(cache);
            if (variant.isPresent()) {
                if (!asked.equals(AUTO) && !asked.equals(type.name()) && !asked.equals(variant.get())) {
                    throw new FileSystemException(disk, null, "holds " + variant.get() + ", not " + asked);
                }
                return type;
            }
        }
        String what = asked.equals(AUTO) ? "no file system that is known" : "no file system of type " + asked;
        throw new FileSystemException(disk, null, what + " found on it");
    }

    private static String canonical(String mountPoint) throws FileSystemException {
        String point = mountPoint.length() > 1 ? mountPoint.replaceAll("/+$", "") : mountPoint;
        if (!point.startsWith("/") || point.contains("//") || (point + "/").matches(".*/\\.{1,2}/.*")) {
            throw new FileSystemException(mountPoint, null, "a mount point is an absolute path such as /mnt/card");
        }
        return point;
    }

    @Override
    public UnmountReport unmount(String mountPoint) throws IOException {
        String point = canonical(mountPoint);
        MountPoint mount;
        synchronized (mounts) {
            mount = mounts.get(point);
        }
        if (mount == null || mount.state() == MountState.MOUNTING) {
            throw new FileSystemException(point, null, "nothing is mounted there");
        }
        return mount.unmount();
    }

    private void forget(MountPoint mount) {
        synchronized (mounts) {
            mounts.remove(mount.point(), mount);
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
    public Optional<Mount> find(String mountPoint) {
        return list().stream().filter(mount -> mount.point().equals(mountPoint)).findFirst();
    }

    /** The holder while a file system is made. */
    private static final class Formatting implements Holder {
        private volatile PageCache cache;
        private volatile boolean dead;

        @Override
        public String holderName() {
            return "mkfs";
        }

        @Override
        public void sync(long timeoutMs) {
            // Half a file system is none: there is nothing to save.
        }

        @Override
        public void markDead(Removal kind) {
            dead = true;
            PageCache ending = cache;
            if (ending != null) {
                ending.end(true);
            }
        }
    }

    @Override
    public String format(String disk, FormatOptions options) throws IOException {
        FileSystemType type = candidates(options.type(), disk).get(0);
        Formatting holder = new Formatting();
        DiskHandle handle;
        try {
            handle = disks.open(disk, 0, holder, OpenMode.EXCLUSIVE);
        } catch (GoneException gone) {
            throw new DiskGoneException(null, disk);
        } catch (BlockException refused) {
            throw new FileSystemException(disk, null, refused.getMessage());
        }
        PageCache cache = new PageCache(handle, false, settings.cacheBytes(), clockwork, log);
        holder.cache = cache;
        try {
            if (holder.dead) {
                throw new DiskGoneException(null, disk);
            }
            return type.format(cache, options);
        } finally {
            cache.end(false);
            handle.close();
        }
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
        List<String> names = new ArrayList<>();
        for (FileSystemType type : types.get()) {
            names.add(type.name());
            type.variants().stream().sorted().forEach(names::add);
        }
        return names;
    }

    /** Unmounts everything, the newest first. */
    @Override
    public void close() {
        List<MountPoint> all;
        synchronized (mounts) {
            all = new ArrayList<>(mounts.values());
        }
        for (int i = all.size() - 1; i >= 0; i--) {
            MountPoint mount = all.get(i);
            if (mount.state() != MountState.MOUNTING) {
                mount.unmount().problems().forEach(log);
            }
        }
    }
}
