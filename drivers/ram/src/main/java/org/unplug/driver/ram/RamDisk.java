package org.unplug.driver.ram;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.unplug.block.Disks;
import org.unplug.block.Removal;
import org.unplug.block.spi.DiskRegistration;

/** A RAM disk for each configuration of {@value #PID}: activation adds it, deactivation removes it. */
@Component(
        service = {},
        immediate = true,
        configurationPid = RamDisk.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = RamDisk.Config.class, factory = true)
public final class RamDisk {

    static final String PID = "org.unplug.driver.ram";

    /** What can be configured. */
    @ObjectClassDefinition(name = "Unplug RAM disk", description = "A disk in memory; its content goes with it.")
    @interface Config {
        @AttributeDefinition(description = "Size in MiB; ignored if bytes is given.")
        long megabytes() default 64;

        @AttributeDefinition(description = "Size in bytes, a multiple of the block; 0: as megabytes says.")
        long bytes() default 0;

        @AttributeDefinition(description = "What the disk's name begins with.")
        String prefix() default "ram";

        @AttributeDefinition(description = "Logical block in bytes: 512, 1024, 2048 or 4096.")
        int logicalBlockBytes() default 512;
    }

    private final DiskRegistration disk;

    @Activate
    public RamDisk(@Reference Disks disks, Config config) {
        long bytes = config.bytes() != 0 ? config.bytes() : Math.multiplyExact(config.megabytes(), 1L << 20);
        RamDriver driver = new RamDriver(bytes, config.logicalBlockBytes());
        disk = disks.add(driver.spec(config.prefix()), driver);
    }

    @Deactivate
    void remove() {
        disk.remove(Removal.ORDERLY);
    }
}
