package org.unplug.shell.command;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.unplug.block.DiskInfo;
import org.unplug.fs.CacheUse;
import org.unplug.fs.FormatOptions;
import org.unplug.fs.Mount;
import org.unplug.fs.MountOptions;
import org.unplug.fs.MountTable;
import org.unplug.fs.Space;
import org.unplug.fs.UnmountMode;
import org.unplug.fs.UnmountReport;
import org.unplug.shell.table.Column;

/** mount, umount, df, cache, mkfs and sync: the mount table. */
@Component(service = {MountCommands.class, Mounts.class, Names.class})
@GogoCommand(
        scope = "unplug",
        function = {"mount", "umount", "df", "cache", "mkfs", "sync"})
public final class MountCommands implements Mounts, Names {

    private final MountTable table;
    private final Conditions conditions;

    @Activate
    public MountCommands(@Reference MountTable table, @Reference Conditions conditions) {
        this.table = table;
        this.conditions = conditions;
    }

    /**
     * A mount.
     *
     * @param disk that is mounted
     * @param point where
     * @param type as "fat32"
     * @param options as for -o
     * @param state of its life
     * @param dirty whether it holds changes that are not on the disk yet
     * @param label of the volume
     * @param condition what is not well with its disk, as one that waits for a card
     */
    public record MountRow(
            String disk,
            String point,
            String type,
            String options,
            String state,
            boolean dirty,
            String label,
            @Column(rare = true) String condition) {}

    /**
     * A mount's space.
     *
     * @param disk that is mounted
     * @param type as "fat32"
     * @param sizeBytes what files can take
     * @param usedBytes what is taken
     * @param freeBytes what is not
     * @param use per cent that are taken
     * @param point where
     */
    public record SpaceRow(
            String disk, String type, long sizeBytes, long usedBytes, long freeBytes, String use, String point) {}

    /**
     * What a page cache holds.
     *
     * @param disk that is mounted; "all" for all caches together
     * @param heldBytes of pages
     * @param dirtyBytes of them that are not on the disk yet
     * @param limitBytes how much it may hold
     * @param point where; empty for all
     */
    public record CacheRow(String disk, long heldBytes, long dirtyBytes, long limitBytes, String point) {}

    /**
     * A file system that was made.
     *
     * @param disk on which
     * @param type as "fat32"
     * @param label of the volume
     */
    public record Made(String disk, String type, String label) {}

    @Descriptor("lists what is mounted")
    public List<MountRow> mount() {
        return table.list().stream().map(this::row).toList();
    }

    @Descriptor("mounts a disk")
    public MountRow mount(
            @Descriptor("the file system's type; by default what is found")
                    @Names.Of(Kind.FILE_SYSTEM_TYPE)
                    @Parameter(names = "-t", absentValue = MountTable.AUTO)
                    String type,
            @Descriptor("options: ro, sync, flush, atime") @Parameter(names = "-o", absentValue = "") String options,
            @Descriptor("the disk or partition, LABEL= or UUID=") @Names.Of(Kind.DISK) String disk,
            @Descriptor("where, as /mnt/card") @Names.Of(Kind.MOUNT_POINT) String point)
            throws IOException {
        return row(table.mount(disk, point, type, MountOptions.parse(options)));
    }

    @Descriptor("changes the options of what is mounted, as mount -o remount,ro /mnt/card")
    public MountRow mount(
            @Descriptor("remount, and the options to change") @Parameter(names = "-o", absentValue = "") String options,
            @Descriptor("mount point or disk") @Names.Of({Kind.MOUNT_POINT, Kind.DISK}) String name)
            throws IOException {
        List<String> words = new ArrayList<>(List.of(options.split(",", -1)));
        if (!words.remove("remount")) {
            throw new CommandException(name + ": mount it where? Or write mount -o remount," + options + " " + name);
        }
        String point = point(name);
        MountOptions before = table.find(point)
                .orElseThrow(() -> new CommandException(name + ": nothing is mounted there"))
                .options();
        return row(table.remount(point, before.with(String.join(",", words))));
    }

    @Descriptor("unmounts; always succeeds, and fails as a command if not everything could be written")
    public void umount(
            @Descriptor("lazily: the mount point is free at once, files that are open go on")
                    @Parameter(names = "-l", presentValue = "true", absentValue = "false")
                    boolean lazy,
            @Descriptor("by force: what was not synced is lost; for a disk that does not answer")
                    @Parameter(names = "-f", presentValue = "true", absentValue = "false")
                    boolean force,
            @Descriptor("mount point or disk") @Names.Of({Kind.MOUNT_POINT, Kind.DISK}) String name)
            throws IOException {
        UnmountMode mode = force ? UnmountMode.FORCED : lazy ? UnmountMode.LAZY : UnmountMode.ORDERLY;
        UnmountReport report = table.unmount(point(name), mode);
        if (!report.clean() && mode != UnmountMode.LAZY) {
            throw new CommandException(report.mountPoint() + ": unmounted, but not everything is on " + report.disk()
                    + (report.problems().isEmpty() ? "" : ": " + String.join("; ", report.problems())));
        }
    }

    @Descriptor("shows how much room there is")
    public List<SpaceRow> df() {
        return table.list().stream().map(MountCommands::space).toList();
    }

    @Descriptor("shows what the page caches hold: each mount's, and all together")
    public List<CacheRow> cache() {
        List<CacheRow> rows = new ArrayList<>();
        for (Mount mount : table.list()) {
            rows.add(row(mount.disk(), mount.cache(), mount.point()));
        }
        rows.add(row("all", table.cache(), ""));
        return rows;
    }

    private static CacheRow row(String disk, CacheUse use, String point) {
        return new CacheRow(disk, use.bytes(), use.dirtyBytes(), use.limitBytes(), point);
    }

    @Descriptor("makes a file system; everything that was on the disk is lost")
    public Made mkfs(
            @Descriptor("vfat, fat16, fat32 or exfat")
                    @Names.Of(Kind.FILE_SYSTEM_TYPE)
                    @Parameter(names = "-t", absentValue = "vfat")
                    String type,
            @Descriptor("the volume's label") @Parameter(names = "-L", absentValue = "") String label,
            @Descriptor("bytes in an allocation unit, as 4K") @Parameter(names = "-c", absentValue = "0")
                    String cluster,
            @Descriptor("the disk or partition") @Names.Of(Kind.DISK) String disk)
            throws IOException {
        long bytes = Sizes.parse(cluster);
        if (bytes > Integer.MAX_VALUE) {
            throw new CommandException("-c " + cluster + ": too large");
        }
        FormatOptions options = FormatOptions.of(type).withLabel(label).withClusterBytes((int) bytes);
        return new Made(disk, table.format(disk, options), label);
    }

    @Descriptor("writes back everything that is dirty")
    public void sync() throws IOException {
        table.sync();
    }

    @Descriptor("writes back what is dirty on one mount")
    public void sync(@Descriptor("the mount point") @Names.Of(Kind.MOUNT_POINT) String point) throws IOException {
        table.find(point)
                .orElseThrow(() -> new CommandException(point + ": nothing is mounted there"))
                .sync();
    }

    @Override
    public Collection<String> names(Kind kind, String typed) {
        return switch (kind) {
            case MOUNT_POINT -> table.list().stream().map(Mount::point).toList();
            case FILE_SYSTEM_TYPE -> table.types();
            default -> List.of();
        };
    }

    @Override
    public List<String> of(DiskInfo disk) {
        return table.list().stream()
                .filter(mount -> mount.disk().equals(disk.name()) && mount.epoch() == disk.epoch())
                .map(Mount::point)
                .toList();
    }

    /** A disk stands for the place where it is mounted. */
    private String point(String name) {
        return table.list().stream()
                .filter(mount -> mount.disk().equals(name))
                .map(Mount::point)
                .findFirst()
                .orElse(name);
    }

    private MountRow row(Mount mount) {
        return new MountRow(
                mount.disk(),
                mount.point(),
                mount.type(),
                mount.options().toString(),
                mount.state().name(),
                mount.isDirty(),
                mount.label(),
                conditions.of(mount.disk()));
    }

    private static SpaceRow space(Mount mount) {
        Space space = mount.space();
        long percent = space.totalBytes() == 0 ? 0 : Math.round(100.0 * space.usedBytes() / space.totalBytes());
        return new SpaceRow(
                mount.disk(),
                mount.type(),
                space.totalBytes(),
                space.usedBytes(),
                space.freeBytes(),
                String.format(Locale.ROOT, "%3d%%", percent),
                mount.point());
    }
}
