package org.unplug.shell.command;

import java.util.Collection;
import java.util.List;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.unplug.block.DiskControl;
import org.unplug.block.DiskStatus;
import org.unplug.block.Disks;

/** scheduler: in which order what waits for a disk goes to its driver. */
@Component(service = {QueueCommands.class, Names.class})
@GogoCommand(scope = "unplug", function = "scheduler")
public final class QueueCommands implements Names {

    private final Disks disks;
    private final DiskControl control;

    @Activate
    public QueueCommands(@Reference Disks disks, @Reference DiskControl control) {
        this.disks = disks;
        this.control = control;
    }

    /**
     * A disk's scheduler.
     *
     * @param disk whose
     * @param scheduler that orders what waits for it
     * @param others that could
     */
    public record SchedulerRow(String disk, String scheduler, List<String> others) {}

    @Descriptor("shows each disk's scheduler")
    public List<SchedulerRow> scheduler() {
        return disks.list().stream().map(this::row).toList();
    }

    @Descriptor("shows a disk's scheduler")
    public SchedulerRow scheduler(@Descriptor("the disk") @Names.Of(Kind.DISK) String disk) {
        return disks.list().stream()
                .filter(status -> status.info().name().equals(disk))
                .findFirst()
                .map(this::row)
                .orElseThrow(() -> BlockCommands.noSuchDisk(disk, disks));
    }

    @Descriptor("changes a disk's scheduler, under load too; no request is lost")
    public SchedulerRow scheduler(
            @Descriptor("the disk") @Names.Of(Kind.DISK) String disk,
            @Descriptor("none, deadline, fair, or a bundle's own") @Names.Of(Kind.SCHEDULER) String name) {
        scheduler(disk);
        if (!control.schedulers().contains(name)) {
            throw new CommandException(
                    name + ": no such scheduler; there are " + String.join(", ", control.schedulers()));
        }
        control.schedule(disk, name);
        return scheduler(disk);
    }

    private SchedulerRow row(DiskStatus disk) {
        return new SchedulerRow(
                disk.info().name(),
                disk.scheduler(),
                control.schedulers().stream()
                        .filter(name -> !name.equals(disk.scheduler()))
                        .sorted()
                        .toList());
    }

    @Override
    public Collection<String> names(Kind kind, String typed) {
        return kind == Kind.SCHEDULER ? control.schedulers() : List.of();
    }
}
