package org.unplug.fs.internal;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.unplug.block.DiskHandle;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.fs.FormatOptions;
import org.unplug.fs.Mount;
import org.unplug.fs.MountOptions;
import org.unplug.fs.MountTable;
import org.unplug.fs.UnmountReport;
import org.unplug.fs.internal.exfat.Exfat;
import org.unplug.fs.internal.fat.Vfat;
import org.unplug.fs.internal.mount.DiskSource;
import org.unplug.fs.internal.mount.Mounts;
import org.unplug.fs.internal.mount.Patience;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;

/** A mount table over a fake disk. */
final class Rig implements AutoCloseable {
    static final String POINT = "/mnt/card";

    final SystemClockwork clockwork;
    private final boolean ownsClockwork;
    final List<String> log = new CopyOnWriteArrayList<>();
    final List<String> left = new CopyOnWriteArrayList<>();
    final Mounts table;
    volatile Instant now = Instant.parse("2024-05-06T07:08:09.120Z");
    /** Asked by the file systems. */
    volatile InstantSource time = () -> now;

    FakeDisk disk;

    Rig(FakeDisk disk) {
        this(disk, 4 << 20);
    }

    Rig(FakeDisk disk, long cacheBytes) {
        this(disk, cacheBytes, Clockwork.system("rig"), true);
    }

    /** With the threads of somebody else, who closes them. */
    Rig(FakeDisk disk, long cacheBytes, SystemClockwork clockwork) {
        this(disk, cacheBytes, clockwork, false);
    }

    private Rig(FakeDisk disk, long cacheBytes, SystemClockwork clockwork, boolean ownsClockwork) {
        this.disk = disk;
        this.clockwork = clockwork;
        this.ownsClockwork = ownsClockwork;
        InstantSource clock = () -> time.instant();
        DiskSource source = new DiskSource() {
            @Override
            public DiskHandle open(String name, long epoch, Holder holder, OpenMode mode) throws IOException {
                return Rig.this.disk.open(name, epoch, holder, mode);
            }

            @Override
            public List<String> names() {
                return List.of(Rig.this.disk.name);
            }
        };
        table = new Mounts(
                source,
                Patience.none(),
                () -> List.of(new Vfat(clock, ZoneOffset.UTC), new Exfat(clock, ZoneOffset.ofHours(-3))),
                clockwork,
                new Mounts.Settings(cacheBytes, 2_000),
                new Mounts.Listener() {
                    @Override
                    public void mounted(Mount mount) {}

                    @Override
                    public void leaving(Mount mount) {
                        left.add(mount.point());
                    }
                },
                log::add);
    }

    /** A disk with a new file system, not mounted. */
    static Rig formatted(String type, long bytes) throws IOException {
        return formatted(type, new FakeDisk("fake0", bytes), 4 << 20);
    }

    static Rig formatted(String type, FakeDisk disk, long cacheBytes) throws IOException {
        Rig rig = new Rig(disk, cacheBytes);
        rig.table.format(disk.name, FormatOptions.of(type).withLabel("CARD"));
        return rig;
    }

    Mount mount() throws IOException {
        return table.mount(disk.name, POINT, MountTable.AUTO, MountOptions.DEFAULT);
    }

    FileSystem fileSystem() throws IOException {
        return mount().fileSystem();
    }

    Path path(String text) {
        return table.find(POINT).orElseThrow().fileSystem().getPath(text);
    }

    UnmountReport unmount() throws IOException {
        return table.unmount(POINT);
    }

    @Override
    public void close() {
        table.close();
        if (ownsClockwork) {
            clockwork.close();
        }
    }
}
