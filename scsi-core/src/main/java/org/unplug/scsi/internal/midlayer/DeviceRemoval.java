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
import org.unplug.scsi.spi.ScsiCommand.Direction;

/**
 * The removal of a device. Linux goes to CANCEL first, which lets its cache flush pass and rejects the file system's pages;
 * here the disk goes first, while everything passes:
 *
 * <pre>
 *   surprise only   TRANSPORT_OFFLINE, the disk refuses at once
 *   orderly only    out of QUIESCE, so that pages can be written
 *   probing         ends, since its commands end
 *   disk            holders sync, cache flushed (orderly only); refuse; drain
 *   medium          unlocked, if it was locked in (orderly only); if asked for, START STOP UNIT ejects it
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
        boolean first = once.begin(() -> {
            if (!device.isSurprised()) {
                host.scan().putAway(device.address());
            }
        });
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
        host.waiters().wake();
        if (device.state() == ScsiDeviceState.QUIESCE) {
            device.happens(DeviceEvent.RESUMED);
        }
        if (!device.awaitProbed(clockwork.nanoTime() + Timing.nanos(timing.drainMs()))) {
            problems.add(device.address() + ": its probing had not ended after " + timing.drainMs() + " ms");
        }
        Optional<RemovalReport> disk = removeDisk(kind);
        disk.ifPresent(report -> problems.addAll(report.problems()));
        if (!device.isSurprised()) {
            release(eject, problems);
        }
        device.happens(DeviceEvent.CANCELLED);
        withdraw(problems);
        device.queue().endWaiting();
        device.happens(DeviceEvent.REMOVED);
        host.forget(device);
        device.addressee().forget();
        DeviceRemovalReport report = new DeviceRemovalReport(
                device.address(),
                device.isSurprised() ? Removal.SURPRISE : kind,
                disk,
                device.state(),
                clockwork.nanoTime() - start,
                problems);
        once.end(report);
        if (device.wantsRescan()) {
            host.scan().request(device.address().channel(), device.address().target());
        }
        return report;
    }

    private Optional<RemovalReport> removeDisk(Removal kind) {
        DiskRegistration disk = device.diskRegistration();
        return disk == null
                ? Optional.empty()
                : Optional.of(disk.remove(device.isSurprised() ? Removal.SURPRISE : kind));
    }

    /** The last commands of a removal; nobody stops them, but their time-out does. */
    private void release(boolean eject, List<String> problems) {
        SyncCommand command = device.lastSync();
        if (device.info().removable()) {
            device.mediumLock().release(command, eject, host.timing().graceMs());
        }
        if (!eject) {
            return;
        }
        long timeoutMs = Math.min(host.timing().commandMs(), host.timing().drainMs());
        SyncCommand.Outcome outcome = command.run(cdb -> Cdb.startStop(cdb, false, true), Direction.NONE, 0, timeoutMs);
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
