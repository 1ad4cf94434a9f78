package org.unplug.shell.command;

import java.util.ArrayList;
import java.util.List;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.unplug.scsi.ScsiBus;
import org.unplug.scsi.ScsiDevice;
import org.unplug.scsi.ScsiDeviceInfo;
import org.unplug.scsi.ScsiHostInfo;
import org.unplug.shell.table.Column;

/** lsscsi: adapters' devices, as the SCSI core knows them. */
@Component(service = ScsiCommands.class)
@GogoCommand(scope = "unplug", function = "lsscsi")
public final class ScsiCommands {

    private final ScsiBus bus;

    @Activate
    public ScsiCommands(@Reference ScsiBus bus) {
        this.bus = bus;
    }

    /**
     * A device, or an adapter without any.
     *
     * @param address host:channel:target:lun
     * @param type in words
     * @param vendor that the unit names
     * @param product that the unit names
     * @param revision of the product
     * @param disk what it is as a disk
     * @param state of the device, or of the adapter
     * @param inFlight commands inside the driver
     * @param driver the bundle that registered the adapter
     */
    public record DeviceRow(
            String address,
            String type,
            String vendor,
            String product,
            @Column(heading = "REV") String revision,
            String disk,
            String state,
            int inFlight,
            String driver) {}

    @Descriptor("lists the SCSI devices, and adapters that have none")
    public List<DeviceRow> lsscsi() {
        List<DeviceRow> rows = new ArrayList<>();
        for (ScsiHostInfo host : bus.hosts()) {
            if (host.devices().isEmpty()) {
                rows.add(new DeviceRow(
                        host.number() + ":-:-:-",
                        "adapter",
                        "",
                        host.name(),
                        "",
                        "",
                        host.state().name(),
                        host.inFlight(),
                        host.driver()));
            }
            for (ScsiDevice device : host.devices()) {
                ScsiDeviceInfo info = device.info();
                rows.add(new DeviceRow(
                        info.address().toString(),
                        info.typeText(),
                        info.vendor(),
                        info.product(),
                        info.revision(),
                        device.disk(),
                        device.state().name(),
                        device.inFlight(),
                        info.driver()));
            }
        }
        return rows;
    }
}
