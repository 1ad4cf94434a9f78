package org.unplug.shell.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.unplug.block.DiskInfo;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.spi.QueueLimits;
import org.unplug.scsi.DeviceRemovalReport;
import org.unplug.scsi.ScsiAddress;
import org.unplug.scsi.ScsiBus;
import org.unplug.scsi.ScsiDevice;
import org.unplug.scsi.ScsiDeviceState;
import org.unplug.scsi.ScsiHostInfo;
import org.unplug.scsi.ScsiHostState;

/** eject of a unit: what the disk's removal did, and what the unit said to that. */
class ScsiBayTest {

    private static final String KEPT = "0:0:0:0 did not eject its medium: medium removal prevented";

    private static RemovalReport diskRemoval() {
        DiskInfo info =
                new DiskInfo("sda", 0, 1, 2048, QueueLimits.DEFAULT, false, true, "scsi", "driver", "", "", "", 0);
        return new RemovalReport(info, Removal.ORDERLY, 1, 2, 3, 0, 0, 0, 1, true, true, List.of(), List.of());
    }

    private static ScsiBay bay(Optional<RemovalReport> disk, String... problems) {
        ScsiDevice device = Fakes.of(
                ScsiDevice.class,
                Map.of(
                        "disk",
                        args -> "sda",
                        "eject",
                        args -> new DeviceRemovalReport(
                                new ScsiAddress(0, 0, 0, 0),
                                Removal.ORDERLY,
                                disk,
                                ScsiDeviceState.DEL,
                                4,
                                List.of(problems))));
        ScsiHostInfo host =
                new ScsiHostInfo(0, "scsi-debug", "driver", ScsiHostState.RUNNING, false, 0, List.of(device));
        return new ScsiBay(Fakes.of(ScsiBus.class, Map.of("hosts", args -> List.of(host))));
    }

    @Test
    void eject_tellsWhatBecameOfTheDisk() throws IOException {
        Removed removed = bay(Optional.of(diskRemoval())).eject("sda");
        assertEquals("sda", removed.disk());
        assertEquals(List.of(), removed.remarks());
    }

    @Test
    void ejectOfAMediumThatTheUnitKeeps_saysSo_thoughTheDiskWasRemoved() throws IOException {
        Removed removed = bay(Optional.of(diskRemoval()), KEPT).eject("sda");
        assertEquals("orderly", removed.kind());
        assertEquals(List.of(KEPT), removed.remarks());
    }

    @Test
    void ejectOfAMediumWithoutADisk_failsIfTheUnitKeepsIt() {
        ScsiBay bay = bay(Optional.empty(), KEPT);
        assertEquals(
                "sda: " + KEPT,
                assertThrows(IOException.class, () -> bay.eject("sda")).getMessage());
    }
}
