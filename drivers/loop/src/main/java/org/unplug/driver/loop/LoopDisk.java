package org.unplug.driver.loop;

import java.io.IOException;
import java.nio.file.Path;
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
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;

/** A disk on a file for each configuration of {@value #PID}: activation adds it, deactivation removes it. */
@Component(
        service = {},
        immediate = true,
        configurationPid = LoopDisk.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = LoopDisk.Config.class, factory = true)
public final class LoopDisk {

    static final String PID = "org.unplug.driver.loop";

    /** What can be configured. */
    @ObjectClassDefinition(
            name = "Unplug loop disk",
            description = "A disk on an image file or a block device of the host.")
    @interface Config {
        @AttributeDefinition(description = "The image file or block device; its size is a multiple of the block.")
        String file();

        @AttributeDefinition(description = "Refuse writes.")
        boolean readOnly() default false;

        @AttributeDefinition(description = "A write protected file makes a READ_ONLY disk, or is a mistake: FAIL.")
        Image.IfProtected ifProtected() default Image.IfProtected.READ_ONLY;

        @AttributeDefinition(description = "What the disk's name begins with.")
        String prefix() default "loop";

        @AttributeDefinition(description = "Logical block in bytes: 512, 1024, 2048 or 4096.")
        int logicalBlockBytes() default 512;

        @AttributeDefinition(description = "Most requests that are with the host at once.")
        int workers() default LoopDriver.DEFAULT_WORKERS;
    }

    private final SystemClockwork clockwork = Clockwork.system("unplug-loop");
    private final LoopDriver driver;
    private final DiskRegistration disk;

    @Activate
    public LoopDisk(@Reference Disks disks, Config config) throws IOException {
        if (config.file() == null || config.file().isBlank()) {
            throw new IllegalArgumentException("loop disk without a file: set 'file'");
        }
        Image image =
                Image.open(Path.of(config.file()), config.readOnly(), config.ifProtected(), config.logicalBlockBytes());
        driver = new LoopDriver(image, clockwork, Math.max(1, config.workers()));
        try {
            disk = disks.add(driver.spec(config.prefix()), driver);
        } catch (RuntimeException e) {
            driver.close();
            throw e;
        }
    }

    @Deactivate
    void remove() {
        try {
            disk.remove(Removal.ORDERLY);
        } finally {
            driver.close();
            clockwork.close();
        }
    }
}
