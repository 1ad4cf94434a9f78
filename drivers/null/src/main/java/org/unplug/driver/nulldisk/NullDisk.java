package org.unplug.driver.nulldisk;

import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.unplug.block.Disks;
import org.unplug.block.Removal;
import org.unplug.block.spi.DiskRegistration;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.QueueLimits;
import org.unplug.block.stack.Options;

/**
 * A null disk: factory configuration {@code org.unplug.driver.null}, properties {@code sectors} (of 512 bytes, default 1 GiB
 * of them), {@code blockBytes} (default 512) and {@code queueDepth} (default 128).
 */
@Component(
        name = "org.unplug.driver.null",
        service = {},
        immediate = true,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class NullDisk {

    private final DiskRegistration disk;

    @Activate
    public NullDisk(@Reference Disks disks, Map<String, Object> config) {
        disk = disks.add(spec(config), new NullDriver());
    }

    static DiskSpec spec(Map<String, ?> config) {
        Options options = new Options("null", config);
        long sectors = options.whole("sectors", 2 << 20, 1, Long.MAX_VALUE / 512);
        int blockBytes = (int) options.whole("blockBytes", 512, 512, 4096);
        int queueDepth = (int) options.whole("queueDepth", 128, 1, 65536);
        options.refuseOthers();
        return DiskSpec.of("null", sectors / (blockBytes / 512) * (blockBytes / 512))
                .withLimits(QueueLimits.DEFAULT
                        .withLogicalBlockBytes(blockBytes)
                        .withQueueDepth(queueDepth)
                        .withDiscard(true)
                        .withWriteZeroes(true));
    }

    @Deactivate
    void stop() {
        disk.remove(Removal.ORDERLY);
    }
}
