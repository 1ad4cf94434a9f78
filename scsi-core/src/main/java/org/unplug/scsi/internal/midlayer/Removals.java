package org.unplug.scsi.internal.midlayer;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.unplug.block.Removal;
import org.unplug.ref.Clockwork;
import org.unplug.scsi.DeviceRemovalReport;

/** Removes several devices of a host, those included that another remover has in hand. */
final class Removals {

    private Removals() {}

    /**
     * All at once, since each may take its time to sync. A single one is removed on this very thread, as are all when it is
     * inside a driver call: the block layer then knows not to wait for that call.
     *
     * @param late takes a line for each that had not ended in time
     */
    static List<DeviceRemovalReport> all(Host host, List<Device> devices, Removal kind, Consumer<String> late) {
        if (devices.size() <= 1 || host.door().calls().insideMyself()) {
            return devices.stream().map(device -> device.remove(kind)).toList();
        }
        Clockwork clockwork = host.clockwork();
        for (Device device : devices) {
            clockwork.execute("remove " + device.address(), () -> device.remove(kind));
        }
        long boundMs = host.timing().removalMs();
        long deadline = clockwork.nanoTime() + Timing.nanos(boundMs);
        List<DeviceRemovalReport> reports = new ArrayList<>();
        for (Device device : devices) {
            DeviceRemovalReport report = device.awaitRemoved(deadline);
            if (report == null) {
                late.accept("the removal of " + device.address() + " had not ended after " + boundMs + " ms");
            } else {
                reports.add(report);
            }
        }
        return reports;
    }
}
