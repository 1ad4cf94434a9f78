package org.unplug.shell.command;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.unplug.block.DiskInfo;
import org.unplug.block.DiskStatus;
import org.unplug.block.Disks;
import org.unplug.ref.Leaks;
import org.unplug.shell.table.Column;

/** lsblk and holders: what the block layer knows of its disks, the dead ones included that somebody still holds. */
@Component(service = {BlockCommands.class, Names.class})
@GogoCommand(
        scope = "unplug",
        function = {"lsblk", "holders"})
public final class BlockCommands implements Names {

    private final Disks disks;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    private volatile Mounts mounts;

    private final Conditions conditions;

    @Activate
    public BlockCommands(@Reference Disks disks, @Reference Conditions conditions) {
        this.disks = disks;
        this.conditions = conditions;
    }

    /**
     * A disk or partition.
     *
     * @param name as "sda"
     * @param sizeBytes its capacity
     * @param readOnly writes are refused
     * @param removable its medium can be taken out
     * @param bus as "mmc"
     * @param state of its life
     * @param driver the bundle that added it
     * @param mounts where it is mounted
     * @param condition what is not well with it, of a disk over disks
     */
    public record DiskRow(
            @Column(under = "parent") String name,
            long sizeBytes,
            @Column(heading = "RO") boolean readOnly,
            @Column(heading = "RM") boolean removable,
            String bus,
            String state,
            String driver,
            List<String> mounts,
            @Column(rare = true) String condition,
            @Column(hidden = true) String parent,
            @Column(hidden = true) String model,
            @Column(hidden = true) String serial,
            @Column(hidden = true) int blockSize,
            @Column(hidden = true) boolean writeCache,
            @Column(hidden = true) long epoch,
            @Column(hidden = true) int references,
            @Column(hidden = true) long inFlight) {}

    /**
     * Who holds a disk.
     *
     * @param disk held
     * @param by its driver, a handle, a bundle that has got the service, or a part of it
     * @param holder its own name
     * @param bundle whose it is
     * @param opened where, innermost frame first; empty if the level of leaks leaves it out
     */
    public record HolderRow(String disk, String by, String holder, String bundle, List<String> opened) {}

    @Descriptor("lists the disks and their partitions, dead ones that are still held too")
    public List<DiskRow> lsblk() {
        List<DiskStatus> all = disks.list();
        List<DiskRow> rows = new ArrayList<>();
        for (DiskStatus disk : all) {
            if (isTop(disk.info(), all)) {
                rows.add(row(disk));
                addUnder(disk.info(), all, rows);
            }
        }
        return rows;
    }

    @Descriptor("shows everything about a disk")
    public DiskRow lsblk(@Descriptor("its name") @Names.Of(Kind.DISK) String disk) {
        return row(find(disk));
    }

    @Descriptor("shows who keeps each disk alive, and where it was opened")
    public List<HolderRow> holders(
            @Descriptor("the whole stack that opened it")
                    @Parameter(names = "-s", presentValue = "true", absentValue = "false")
                    boolean stack) {
        List<HolderRow> rows = new ArrayList<>();
        disks.list().forEach(disk -> addHolders(disk, stack, rows));
        return rows;
    }

    @Descriptor("shows who keeps a disk alive, and where it was opened")
    public List<HolderRow> holders(
            @Descriptor("the whole stack that opened it")
                    @Parameter(names = "-s", presentValue = "true", absentValue = "false")
                    boolean stack,
            @Descriptor("the disk; its partitions too") @Names.Of(Kind.DISK) String disk) {
        find(disk);
        List<HolderRow> rows = new ArrayList<>();
        for (DiskStatus each : disks.list()) {
            if (each.info().name().equals(disk) || each.info().parent().equals(disk)) {
                addHolders(each, stack, rows);
            }
        }
        return rows;
    }

    @Override
    public Collection<String> names(Kind kind, String typed) {
        return kind == Kind.DISK
                ? disks.list().stream().map(disk -> disk.info().name()).toList()
                : List.of();
    }

    private DiskStatus find(String name) {
        return disks.list().stream()
                .filter(disk -> disk.info().name().equals(name))
                .findFirst()
                .orElseThrow(() -> noSuchDisk(name, disks));
    }

    static CommandException noSuchDisk(String name, Disks disks) {
        List<String> there =
                disks.list().stream().map(disk -> disk.info().name()).toList();
        return new CommandException(
                name + ": no such disk; there " + (there.isEmpty() ? "is none" : "is " + String.join(", ", there)));
    }

    private static boolean isTop(DiskInfo disk, List<DiskStatus> all) {
        return disk.parent().isEmpty()
                || all.stream().noneMatch(other -> other.info().name().equals(disk.parent()));
    }

    private void addUnder(DiskInfo parent, List<DiskStatus> all, List<DiskRow> rows) {
        for (DiskStatus disk : all) {
            if (disk.info().parent().equals(parent.name())) {
                rows.add(row(disk));
                addUnder(disk.info(), all, rows);
            }
        }
    }

    private DiskRow row(DiskStatus disk) {
        DiskInfo info = disk.info();
        return new DiskRow(
                info.name(),
                info.capacityBytes(),
                info.readOnly(),
                info.removable(),
                info.bus(),
                disk.state().name(),
                info.driver(),
                mounts(info),
                conditions.of(info.name()),
                info.parent(),
                info.model(),
                info.serial(),
                info.logicalBlockBytes(),
                info.writeCache(),
                info.epoch(),
                disk.references(),
                disk.inFlight());
    }

    private List<String> mounts(DiskInfo disk) {
        Mounts known = mounts;
        return known == null ? List.of() : known.of(disk);
    }

    private static void addHolders(DiskStatus disk, boolean stack, List<HolderRow> rows) {
        for (Leaks.Held held : disk.holders()) {
            rows.add(new HolderRow(
                    held.object(), held.as(), held.holder(), held.owner(), stack ? held.stack() : where(held)));
        }
    }

    static List<String> where(Leaks.Held held) {
        return held.stack().isEmpty() ? List.of() : List.of(held.where());
    }
}
