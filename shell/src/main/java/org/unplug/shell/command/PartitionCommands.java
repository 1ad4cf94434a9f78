package org.unplug.shell.command;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.unplug.block.DiskControl;
import org.unplug.block.DiskInfo;
import org.unplug.block.DiskStatus;
import org.unplug.block.Disks;
import org.unplug.block.PartitionTable;
import org.unplug.shell.command.PartitionPlan.Stretch;
import org.unplug.shell.table.Column;

/** parted: partition tables, shown and written, with the verbs of GNU parted. */
@Component(service = {PartitionCommands.class, Names.class})
@GogoCommand(scope = "unplug", function = "parted")
public final class PartitionCommands implements Names {

    private final Disks disks;
    private final DiskControl control;

    @Activate
    public PartitionCommands(@Reference Disks disks, @Reference DiskControl control) {
        this.disks = disks;
        this.control = control;
    }

    /**
     * A partition, or room for one.
     *
     * @param table "gpt" or "msdos"
     * @param number its place in the table; null for what is free
     * @param disk what it is as a disk; empty if it is none
     * @param startBytes where it begins
     * @param endBytes where it ends, the first byte behind it
     * @param sizeBytes how long it is
     * @param type what it is for, or "free"
     * @param name in a gpt table
     */
    public record PartitionRow(
            String table,
            Integer number,
            String disk,
            long startBytes,
            long endBytes,
            long sizeBytes,
            String type,
            String name,
            @Column(hidden = true) long startSector,
            @Column(hidden = true) long sectors,
            @Column(hidden = true) String uuid,
            @Column(hidden = true) String tableId) {}

    @Descriptor("shows a disk's partitions and the room that is left")
    public List<PartitionRow> parted(@Descriptor("the disk") @Names.Of(Kind.DISK) String disk) throws IOException {
        DiskInfo whole = whole(disk);
        return rows(read(whole), whole);
    }

    @Descriptor("changes a disk's partitions while nobody uses it: print; mklabel gpt|msdos;"
            + " mkpart [primary|extended|logical] [TYPE] [NAME] [START END]; rm NUMBER")
    public List<PartitionRow> parted(
            @Descriptor("the disk") @Names.Of(Kind.DISK) String disk,
            @Descriptor("print, mklabel (or mktable), mkpart, rm") @Names.Of(Kind.PARTITION_VERB) String verb,
            @Descriptor("places as 1M, 2048s or '50%', quoted; types fat16, fat32, linux, esp, a byte as 83, a GUID")
                    @Names.Of(Kind.PARTITION_VERB)
                    String[] arguments)
            throws IOException {
        DiskInfo whole = whole(disk);
        List<String> words = List.of(arguments);
        PartitionPlan plan = switch (verb) {
            case "print" -> {
                requireCount(verb, words, 0, "nothing");
                yield read(whole);
            }
            case "mklabel", "mktable" -> {
                requireCount(verb, words, 1, "gpt or msdos");
                yield write(PartitionPlan.empty(whole, words.get(0)), whole);
            }
            case "mkpart" -> write(read(whole).with(words), whole);
            case "rm" -> {
                requireCount(verb, words, 1, "the number of a partition");
                yield write(read(whole).without(words.get(0)), whole);
            }
            default ->
                throw new CommandException(
                        verb + ": no such verb; there are " + String.join(", ", PartitionPlan.verbs()));
        };
        return rows(plan, whole);
    }

    private static void requireCount(String verb, List<String> words, int count, String what) {
        if (words.size() != count) {
            throw new CommandException(verb + ": takes " + what);
        }
    }

    private DiskInfo whole(String name) {
        DiskInfo disk = disks.list().stream()
                .map(status -> status.info())
                .filter(info -> info.name().equals(name))
                .findFirst()
                .orElseThrow(() -> BlockCommands.noSuchDisk(name, disks));
        if (!disk.parent().isEmpty()) {
            throw new CommandException(name + ": a partition; name its disk, " + disk.parent());
        }
        return disk;
    }

    private PartitionPlan read(DiskInfo disk) throws IOException {
        PartitionTable table = control.partitions(disk.name());
        if (table == null) {
            throw new CommandException(
                    disk.name() + ": has no partition table; parted " + disk.name() + " mklabel gpt makes one");
        }
        return new PartitionPlan(disk, table);
    }

    private PartitionPlan write(PartitionPlan plan, DiskInfo disk) throws IOException {
        // A partition that has just come is being looked at itself.
        disks.settle(Bay.APPEAR_MS);
        // The block layer refuses this too, but knows of a partition in use only that it is.
        for (DiskStatus part : disks.list()) {
            if (part.info().parent().equals(disk.name()) && !part.handles().isEmpty()) {
                throw new CommandException(part.info().name() + " is in use by "
                        + part.handles().get(0).holder());
            }
        }
        control.partition(disk.name(), plan.table());
        return plan;
    }

    private List<PartitionRow> rows(PartitionPlan plan, DiskInfo disk) {
        String kind = plan.table().kind().equals(PartitionTable.DOS)
                ? "msdos"
                : plan.table().kind();
        return plan.layout().stream()
                .map(stretch -> row(stretch, plan, kind, disk))
                .toList();
    }

    private PartitionRow row(Stretch stretch, PartitionPlan plan, String kind, DiskInfo disk) {
        boolean free = stretch.partition() == null;
        return new PartitionRow(
                kind,
                free ? null : stretch.partition().number(),
                free ? "" : diskOf(disk, stretch.startSector(), stretch.sectors()),
                stretch.startSector() * DiskInfo.SECTOR_BYTES,
                stretch.endSector() * DiskInfo.SECTOR_BYTES,
                stretch.sectors() * DiskInfo.SECTOR_BYTES,
                free ? "free" : plan.typeName(stretch.partition()),
                free ? "" : stretch.partition().name(),
                stretch.startSector(),
                stretch.sectors(),
                free ? "" : stretch.partition().uuid(),
                plan.table().id());
    }

    private String diskOf(DiskInfo whole, long startSector, long sectors) {
        return disks.list().stream()
                .map(status -> status.info())
                .filter(part -> part.parent().equals(whole.name()))
                .filter(part -> part.startSector() == startSector && part.capacitySectors() == sectors)
                .map(DiskInfo::name)
                .findFirst()
                .orElse("");
    }

    @Override
    public Collection<String> names(Kind kind, String typed) {
        return kind == Kind.PARTITION_VERB
                ? Stream.concat(PartitionPlan.verbs().stream(), PartitionPlan.words().stream())
                        .toList()
                : List.of();
    }
}
