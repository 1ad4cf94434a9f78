package org.unplug.scsi.internal.midlayer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.spi.DiskRegistration;
import org.unplug.ref.Clockwork;
import org.unplug.scsi.Cdb;
import org.unplug.scsi.DeviceRemovalReport;
import org.unplug.scsi.ScsiDeviceState;

/**
 * The removal of a device. Linux goes to CANCEL first, which lets its cache flush pass and rejects the file system's pages;
 * here the disk goes first, while everything passes:
 *
 * <pre>
 *   surprise only   TRANSPORT_OFFLINE, the disk refuses at once
 *   probing         ends, since its commands end
 *   disk            holders sync, cache flushed (orderly only); refuse; drain
 *   eject           START STOP UNIT, if asked for
 *   CANCEL          or DEL where CANCEL has no arrow from here
 *   withdraw        the service goes
 *   DEL             the address is free; a new device may come
 * </pre>
 */
final class DeviceRemoval {

    private final Device device;
    private final Host host;
    private final OnlyOnce<DeviceRemovalReport> once = new OnlyOnce<>();

    DeviceRemoval(Device device, Host host) {
        this.device = device;
        this.host = host;
    }

    boolean hasBegun() {
        return once.hasBegun();
    }

    boolean hasEnded() {
        return once.hasEnded();
    }

    DeviceRemovalReport await(long deadlineNanos) {
        return once.await(host.clockwork(), deadlineNanos);
    }

    DeviceRemovalReport remove(Removal kind, boolean eject) {
        boolean first = once.begin();
        if (kind == Removal.SURPRISE) {
            device.surprise();
        }
        Clockwork clockwork = host.clockwork();
        Timing timing = host.timing();
        if (!first) {
            long boundMs = timing.removalMs();
            DeviceRemovalReport report = await(clockwork.nanoTime() + Timing.nanos(boundMs));
            return report != null ? report : late(kind, boundMs);
        }
        long start = clockwork.nanoTime();
        List<String> problems = new ArrayList<>();
        host.wakeWaiters();
        if (!device.awaitProbed(clockwork.nanoTime() + Timing.nanos(timing.drainMs()))) {
            problems.add(device.address() + ": its probing had not ended after " + timing.drainMs() + " ms");
        }
        Optional<RemovalReport> disk = removeDisk(kind);
        disk.ifPresent(report -> problems.addAll(report.problems()));
        if (eject && !device.isSurprised()) {
            eject(problems);
        }
        if (!device.moveIfLegal(ScsiDeviceState.CANCEL)) {
            device.moveIfLegal(ScsiDeviceState.DEL);
        }
        withdraw(problems);
        device.endWaiting();
        device.moveIfLegal(ScsiDeviceState.DEL);
        host.forget(device);
        DeviceRemovalReport report = new DeviceRemovalReport(
                device.address(),
                device.isSurprised() ? Removal.SURPRISE : kind,
                disk,
                device.state(),
                clockwork.nanoTime() - start,
                problems);
        once.end(report);
        if (device.wantsRescan()) {
            host.requestScan();
        }
        return report;
    }

    private Optional<RemovalReport> removeDisk(Removal kind) {
        DiskRegistration disk = device.diskRegistration();
        return disk == null
                ? Optional.empty()
                : Optional.of(disk.remove(device.isSurprised() ? Removal.SURPRISE : kind));
    }

    /** The one command of a removal; nobody stops it, but its time-out does. */
    private void eject(List<String> problems) {
        SyncCommand command =
                new SyncCommand(host, device.address(), device.info().removable(), device::isSurprised);
        SyncCommand.Outcome outcome = command.run(
                cdb -> Cdb.startStop(cdb, false, true),
                org.unplug.scsi.spi.ScsiCommand.Direction.NONE,
                0,
                Math.min(host.timing().commandMs(), host.timing().drainMs()));
        if (!outcome.ok()) {
            problems.add(device.address() + " did not eject its medium: " + outcome.why());
        }
    }

    /** On another thread, since listeners may take as long as they please. */
    private void withdraw(List<String> problems) {
        Runnable publication = device.takePublication();
        if (publication == null) {
            return;
        }
        OnlyOnce<Boolean> done = new OnlyOnce<>();
        host.clockwork().execute("withdraw " + device.address(), () -> {
            try {
                publication.run();
            } finally {
                done.end(true);
            }
        });
        long graceMs = host.timing().graceMs();
        if (done.await(host.clockwork(), host.clockwork().nanoTime() + Timing.nanos(graceMs)) == null) {
            problems.add(device.address() + ": a listener had not taken note after " + graceMs + " ms");
        }
    }

    private DeviceRemovalReport late(Removal kind, long boundMs) {
        return new DeviceRemovalReport(
                device.address(),
                kind,
                Optional.empty(),
                device.state(),
                Timing.nanos(boundMs),
                List.of("another remover had not ended after " + boundMs + " ms"));
    }
}
