package org.unplug.scsi.internal.midlayer;

import java.util.ArrayList;
import java.util.List;
import org.unplug.block.Removal;
import org.unplug.ref.Clockwork;
import org.unplug.scsi.DeviceRemovalReport;
import org.unplug.scsi.HostRemovalReport;
import org.unplug.scsi.internal.midlayer.Calls.Call;
import org.unplug.scsi.spi.ScsiHost;

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
    private final Door door;
    private final OnlyOnce<HostRemovalReport> once = new OnlyOnce<>();

    HostRemoval(Host host) {
        this.host = host;
        door = host.door();
    }

    private static Void detach(ScsiHost driver) {
        driver.detached();
        return null;
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
        int inFlight = door.busy();
        List<DeviceRemovalReport> reports = Removals.all(host, host.devices(), kind, problems::add);
        host.errorHandler().close();
        if (host.isIntroduced()) {
            door.errand(Call.DETACHED, timing.graceMs(), errand -> door.into(Call.DETACHED, HostRemoval::detach));
        }
        door.kill();
        long deadline = clockwork.nanoTime() + Timing.nanos(timing.graceMs());
        if (!host.errorHandler().awaitIdle(deadline)) {
            problems.add("the error handler had not ended");
        }
        boolean quiet = door.calls().awaitDrained(clockwork, deadline);
        List<String> stuck = quiet ? List.of() : door.calls().describe();
        if (door.completedTwice() > 0) {
            problems.add("the driver completed " + door.completedTwice() + " commands more than once");
        }
        host.dropDriver();
        HostRemovalReport report = new HostRemovalReport(
                host.number(),
                door.name(),
                reports,
                quiet,
                inFlight,
                door.busy(),
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
        door.calls().waitToo();
        try {
            HostRemovalReport report =
                    once.await(host.clockwork(), host.clockwork().nanoTime() + Timing.nanos(bound));
            return report != null ? report : late(bound);
        } finally {
            door.calls().waitNoMore();
        }
    }

    private HostRemovalReport late(long boundMs) {
        return new HostRemovalReport(
                host.number(),
                door.name(),
                List.of(),
                false,
                door.busy(),
                door.busy(),
                Timing.nanos(boundMs),
                door.calls().describe(),
                List.of("another remover had not ended after " + boundMs + " ms"));
    }
}
