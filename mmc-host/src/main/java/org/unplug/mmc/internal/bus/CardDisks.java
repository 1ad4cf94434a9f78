package org.unplug.mmc.internal.bus;

import java.util.ArrayList;
import java.util.List;
import org.unplug.block.Disks;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.spi.DiskRegistration;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.QueueLimits;
import org.unplug.mmc.CardArea;
import org.unplug.mmc.internal.blk.MmcBlockDriver;

/** The disks of one card: the user area's, and read-only ones for an eMMC's boot areas. They come and go together. */
final class CardDisks {

    private final List<DiskRegistration> registrations = new ArrayList<>();

    /**
     * Adds the disks.
     *
     * @param spec the user area's
     * @param boots an eMMC's boot areas, in order
     * @param bootLimits what one request to those may ask for
     * @throws IllegalStateException if the block layer has stopped; nothing is left added then
     */
    CardDisks(Disks disks, DiskSpec spec, MmcBlockDriver driver, List<CardArea> boots, QueueLimits bootLimits) {
        registrations.add(disks.add(spec, driver.area(0)));
        try {
            for (CardArea boot : boots) {
                DiskSpec bootSpec = new DiskSpec(
                        main().info().name() + "boot",
                        DiskSpec.Naming.NUMBERED,
                        boot.bytes() / 512,
                        bootLimits,
                        true,
                        spec.removable(),
                        spec.bus(),
                        spec.model(),
                        spec.serial(),
                        spec.timeouts());
                registrations.add(disks.add(bootSpec, driver.area(boot.number())));
            }
        } catch (IllegalStateException | IllegalArgumentException e) {
            remove(Removal.SURPRISE);
            throw e;
        }
    }

    /** That of the user area. */
    DiskRegistration main() {
        return registrations.get(0);
    }

    /** Never blocks. */
    void markDead() {
        registrations.forEach(DiskRegistration::markDead);
    }

    /** Removes all of them, the user area's last; its report. */
    RemovalReport remove(Removal kind) {
        for (int i = registrations.size() - 1; i > 0; i--) {
            registrations.get(i).remove(kind);
        }
        return main().remove(kind);
    }
}
