package org.unplug.shell.command;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.unplug.block.DiskStatus;
import org.unplug.block.Disks;
import org.unplug.fs.CheckReport;
import org.unplug.fs.Mount;
import org.unplug.fs.MountTable;
import org.unplug.fs.VolumeIdentity;
import org.unplug.shell.command.Names.Kind;

/** fsck, label, blkid, freeze and thaw: volumes as a whole. */
@Component(service = VolumeCommands.class)
@GogoCommand(
        scope = "unplug",
        function = {"fsck", "label", "blkid", "freeze", "thaw"})
public final class VolumeCommands {

    private static final int MOST_FREEZE_SECONDS = 3600;

    private final Disks disks;
    private final MountTable table;

    @Activate
    public VolumeCommands(@Reference Disks disks, @Reference MountTable table) {
        this.disks = disks;
        this.table = table;
    }

    /**
     * What a check found.
     *
     * @param where path, or empty for the volume
     * @param what was found, and what is to be done
     * @param repaired whether that was done
     */
    public record FindingRow(String where, String what, boolean repaired) {}

    /**
     * What is on a disk.
     *
     * @param disk its name
     * @param type as "fat32"
     * @param label of the volume
     * @param uuid of the volume
     */
    public record VolumeRow(String disk, String type, String label, String uuid) {}

    @Descriptor("checks the file system on a disk that is not mounted; fails as a command if something stays wrong")
    public List<FindingRow> fsck(
            CommandSession session,
            @Descriptor("repairs what it finds") @Parameter(names = "-y", presentValue = "true", absentValue = "false")
                    boolean repair,
            @Descriptor("the disk or partition, LABEL= or UUID=") @Names.Of(Kind.DISK) String disk)
            throws IOException {
        CheckReport report = table.check(disk, repair);
        if (!report.isSound()) {
            List<String> lines = report.findings().stream()
                    .map(finding -> finding.where() + (finding.where().isEmpty() ? "" : ": ") + finding.what())
                    .toList();
            throw new CommandException(disk + ": " + lines.size() + " things are wrong; fsck -y repairs them\n"
                    + String.join("\n", lines));
        }
        session.getConsole().println(summary(report));
        return report.findings().stream()
                .map(finding -> new FindingRow(finding.where(), finding.what(), finding.repaired()))
                .toList();
    }

    /** Of a volume that is well, or is now. */
    static String summary(CheckReport report) {
        int repaired = report.findings().size();
        return report.disk() + ": " + report.type() + ", "
                + report.files() + (report.files() == 1 ? " file" : " files") + " in "
                + report.directories() + (report.directories() == 1 ? " directory" : " directories") + ", "
                + (repaired == 0 ? "clean" : repaired + " repaired");
    }

    @Descriptor("shows the label of the file system on a disk")
    public String label(@Descriptor("the disk or partition") @Names.Of(Kind.DISK) String disk) throws IOException {
        return table.identify(disk)
                .orElseThrow(() -> new CommandException(disk + ": no file system that is known"))
                .label();
    }

    @Descriptor("gives the file system on a disk that is not mounted another label")
    public void label(
            @Descriptor("the disk or partition") @Names.Of(Kind.DISK) String disk,
            @Descriptor("the label; '' takes it away") String label)
            throws IOException {
        table.label(disk, label);
    }

    @Descriptor("shows which file system is on which disk")
    public List<VolumeRow> blkid() {
        List<VolumeRow> rows = new ArrayList<>();
        for (DiskStatus status : disks.list()) {
            String disk = status.info().name();
            try {
                Optional<VolumeIdentity> volume = table.identify(disk);
                volume.ifPresent(found -> rows.add(new VolumeRow(disk, found.type(), found.label(), found.uuid())));
            } catch (IOException unreadable) {
                // A disk that cannot be read has nothing to show.
            }
        }
        return rows;
    }

    @Descriptor("writes everything and holds changes up until thaw, so that the disk can be copied")
    public void freeze(
            @Descriptor("seconds after which it thaws by itself") @Parameter(names = "-t", absentValue = "60")
                    int seconds,
            @Descriptor("the mount point") @Names.Of(Kind.MOUNT_POINT) String point)
            throws IOException {
        if (seconds < 1 || seconds > MOST_FREEZE_SECONDS) {
            throw new CommandException("-t " + seconds + ": 1 to " + MOST_FREEZE_SECONDS);
        }
        mount(point).freeze(seconds * 1000L);
    }

    @Descriptor("ends a freeze")
    public void thaw(@Descriptor("the mount point") @Names.Of(Kind.MOUNT_POINT) String point) {
        mount(point).thaw();
    }

    private Mount mount(String point) {
        return table.find(point).orElseThrow(() -> new CommandException(point + ": nothing is mounted there"));
    }
}
