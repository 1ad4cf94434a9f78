package org.unplug.scsi.internal.midlayer;

import java.util.ArrayList;
import java.util.List;
import org.unplug.block.Removal;
import org.unplug.ref.Clockwork;
import org.unplug.scsi.DeviceRemovalReport;
import org.unplug.scsi.HostRemovalReport;

/**
 * The removal of an adapter: what {@code scsi_remove_host} promises - when it returns no upper layer uses the host any more - and
 * what that leaves open: nobody is inside an error handler either, pages are written before anything is refused, a second
 * remover waits for the first, and there is a deadline.
 *
 * <pre>
 *   CANCEL          no device is added any more; the scan stops
 *   devices         each removed as {@link DeviceRemoval} does, all at once
 *   error handler   admits nothing more
 *   detached        the last call that enters
 *   kill the gate   queueCommand and every handler refuse
 *   drain           until nobody is inside; who does not leave is reported
 *   DEL             the driver is let go
 * </pre>
 */
final class HostRemoval {

    private final Host host;
    private final OnlyOnce<HostRemovalReport> once = new OnlyOnce<>();

    HostRemoval(Host host) {
        this.host = host;
    }

    HostRemovalReport remove(Removal kind) {
        Clockwork clockwork = host.clockwork();
        Timing timing = host.timing();
        if (!once.begin()) {
            return join(kind);
        }
        long start = clockwork.nanoTime();
        List<String> problems = new ArrayList<>();
        host.cancel();
        if (!host.scan().awaitIdle(clockwork.nanoTime() + Timing.nanos(timing.drainMs()))) {
            problems.add("the scan had not ended after " + timing.drainMs() + " ms");
        }
        int inFlight = host.busy();
        List<DeviceRemovalReport> reports = removeDevices(host.devices(), kind, problems);
        host.errorHandler().close();
        if (host.isIntroduced()) {
            new HostWard(host).detached(timing.graceMs());
        }
        host.calls().kill();
        long deadline = clockwork.nanoTime() + Timing.nanos(timing.graceMs());
        if (!host.errorHandler().awaitIdle(deadline)) {
            problems.add("the error handler had not ended");
        }
        boolean quiet = host.calls().awaitDrained(clockwork, deadline);
        List<String> stuck = quiet ? List.of() : host.calls().describe();
        if (host.completedTwice() > 0) {
            problems.add("the driver completed " + host.completedTwice() + " commands more than once");
        }
        host.dropDriver();
        HostRemovalReport report = new HostRemovalReport(
                host.number(),
                host.name(),
                reports,
                quiet,
                inFlight,
                host.busy(),
                clockwork.nanoTime() - start,
                stuck,
                problems);
        once.end(report);
        return report;
    }

    private HostRemovalReport join(Removal kind) {
        if (kind == Removal.SURPRISE) {
            host.devices().forEach(Device::surprise);
        }
        long bound = host.timing().removalMs()
                + host.timing().drainMs()
                + 3 * host.timing().graceMs();
        host.calls().waitToo();
        try {
            HostRemovalReport report =
                    once.await(host.clockwork(), host.clockwork().nanoTime() + Timing.nanos(bound));
            return report != null ? report : late(bound);
        } finally {
            host.calls().waitNoMore();
        }
    }

    private HostRemovalReport late(long boundMs) {
        return new HostRemovalReport(
                host.number(),
                host.name(),
                List.of(),
                false,
                host.busy(),
                host.busy(),
                Timing.nanos(boundMs),
                host.calls().describe(),
                List.of("another remover had not ended after " + boundMs + " ms"));
    }

    /**
     * All at once, since each may take its time to sync. A single one is removed on this very thread, as are all when it is
     * inside a driver call: the block layer then knows not to wait for that call.
     */
    private List<DeviceRemovalReport> removeDevices(List<Device> devices, Removal kind, List<String> problems) {
        if (devices.size() <= 1 || host.calls().insideMyself()) {
            return devices.stream().map(device -> device.remove(kind)).toList();
        }
        Clockwork clockwork = host.clockwork();
        for (Device device : devices) {
            clockwork.execute("remove " + device.address(), () -> device.remove(kind));
        }
        long deadline = clockwork.nanoTime() + Timing.nanos(host.timing().removalMs());
        List<DeviceRemovalReport> reports = new ArrayList<>();
        for (Device device : devices) {
            DeviceRemovalReport report = device.awaitRemoved(deadline);
            if (report == null) {
                problems.add("the removal of " + device.address() + " had not ended after "
                        + host.timing().removalMs() + " ms");
            } else {
                reports.add(report);
            }
        }
        return reports;
    }
}
