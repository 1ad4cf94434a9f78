package org.unplug.fs.internal.mount;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.unplug.block.BlockException;
import org.unplug.block.DiskHandle;
import org.unplug.block.GoneException;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.Removal;
import org.unplug.fs.DiskGoneException;
import org.unplug.fs.MountTable;
import org.unplug.fs.VolumeIdentity;
import org.unplug.fs.internal.pagecache.PageCache;
import org.unplug.fs.internal.pagecache.PagePool;
import org.unplug.fs.spi.FileSystemType;
import org.unplug.fs.spi.Volume;
import org.unplug.ref.Clockwork;

/** Disks that are looked at, or worked on, without being mounted; and which type is for which. Any thread. */
final class Volumes {
    private static final String BY_LABEL = "LABEL=";
    private static final String BY_UUID = "UUID=";
    private static final long PROBE_BYTES = 1 << 20;

    private final DiskSource disks;
    private final Supplier<List<FileSystemType>> types;
    private final Clockwork clockwork;
    private final PagePool pool;
    private final Consumer<String> log;

    Volumes(
            DiskSource disks,
            Supplier<List<FileSystemType>> types,
            Clockwork clockwork,
            PagePool pool,
            Consumer<String> log) {
        this.disks = disks;
        this.types = types;
        this.clockwork = clockwork;
        this.pool = pool;
        this.log = log;
    }

    /** What is done with a disk. */
    interface Work<T> {
        T run(Volume volume) throws IOException;
    }

    /** The holder meanwhile: what is not finished when the disk goes has failed. */
    private static final class Worker implements Holder {
        private final String name;
        private volatile PageCache cache;
        private volatile boolean dead;

        Worker(String name) {
            this.name = name;
        }

        @Override
        public String holderName() {
            return name;
        }

        @Override
        public void sync(long timeoutMs) {
            // Half of such a work is nothing that could be saved.
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

    /**
     * Opens a disk, does something with it and gives it back.
     *
     * @param what the holder's name
     */
    <T> T with(String disk, OpenMode mode, String what, Work<T> work) throws IOException {
        Worker holder = new Worker(what);
        DiskHandle handle;
        try {
            handle = disks.open(disk, 0, holder, mode);
        } catch (GoneException gone) {
            throw new DiskGoneException(null, disk);
        } catch (BlockException refused) {
            throw new FileSystemException(disk, null, refused.getMessage());
        }
        PageCache cache = new PageCache(
                handle, !mode.writes(), mode.writes() ? Long.MAX_VALUE : PROBE_BYTES, pool, clockwork, log);
        holder.cache = cache;
        try {
            if (holder.dead) {
                throw new DiskGoneException(null, disk);
            }
            return work.run(cache);
        } finally {
            cache.end(false);
            handle.close();
        }
    }

    /** The types that answer to a name; all for {@link MountTable#AUTO}. */
    List<FileSystemType> candidates(String type, String asker) throws FileSystemException {
        List<FileSystemType> known = types.get();
        if (type.equals(MountTable.AUTO)) {
            return known;
        }
        List<FileSystemType> named = known.stream()
                .filter(t -> t.name().equals(type) || t.variants().contains(type))
                .toList();
        if (named.isEmpty()) {
            throw new FileSystemException(
                    asker, null, "file system type '" + type + "' is not known; known are " + names());
        }
        return named;
    }

    List<String> names() {
        List<String> names = new ArrayList<>();
        for (FileSystemType type : types.get()) {
            names.add(type.name());
            type.variants().stream().sorted().forEach(names::add);
        }
        return names.stream().distinct().toList();
    }

    /** The candidate whose volume it is. */
    static FileSystemType probe(List<FileSystemType> candidates, String asked, Volume volume) throws IOException {
        String disk = volume.disk().name();
        for (FileSystemType type : candidates) {
            Optional<String> variant = type.probe(volume);
            if (variant.isPresent()) {
                if (!asked.equals(MountTable.AUTO) && !asked.equals(type.name()) && !asked.equals(variant.get())) {
                    throw new FileSystemException(disk, null, "holds " + variant.get() + ", not " + asked);
                }
                return type;
            }
        }
        String what =
                asked.equals(MountTable.AUTO) ? "no file system that is known" : "no file system of type " + asked;
        throw new FileSystemException(disk, null, what + " found on it");
    }

    /** The type of what is on a disk. */
    FileSystemType typeOf(Volume volume) throws IOException {
        return probe(types.get(), MountTable.AUTO, volume);
    }

    Optional<VolumeIdentity> identify(String disk) throws IOException {
        return with(disk, OpenMode.READ, "probe", volume -> {
            for (FileSystemType type : types.get()) {
                Optional<VolumeIdentity> identity = type.identify(volume);
                if (identity.isPresent()) {
                    return identity;
                }
            }
            return Optional.empty();
        });
    }

    /** The disk that is meant by its name, or by LABEL= or UUID=. */
    String resolve(String asked) throws IOException {
        if (asked.startsWith(BY_LABEL)) {
            String label = asked.substring(BY_LABEL.length());
            return only(asked, identity -> identity.label().equals(label));
        }
        if (asked.startsWith(BY_UUID)) {
            String uuid = asked.substring(BY_UUID.length());
            return only(asked, identity -> identity.uuid().equalsIgnoreCase(uuid));
        }
        return asked;
    }

    private String only(String asked, Predicate<VolumeIdentity> meant) throws IOException {
        List<String> found = new ArrayList<>();
        for (String disk : disks.names()) {
            try {
                if (identify(disk).filter(meant).isPresent()) {
                    found.add(disk);
                }
            } catch (IOException unreadable) {
                // A disk that cannot be read, or went, is not the one.
            }
        }
        if (found.isEmpty()) {
            throw new NoSuchFileException(asked, null, "no disk has it");
        }
        if (found.size() > 1) {
            throw new FileSystemException(asked, null, "several disks have it: " + String.join(", ", found));
        }
        return found.get(0);
    }
}
