package org.unplug.fs.internal.mount;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.unplug.block.Disk;
import org.unplug.block.DiskInfo;
import org.unplug.fs.MountOptions;
import org.unplug.fs.MountTable;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;

/** A rule by which disks are mounted as they come: factory configuration {@code org.unplug.fs.automount}. */
@Component(
        name = "org.unplug.fs.automount",
        service = {},
        immediate = true,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = AutoMountComponent.Config.class, factory = true)
public final class AutoMountComponent {

    @ObjectClassDefinition(name = "Unplug automatic mount", description = "Empty values match every disk")
    @interface Config {
        @AttributeDefinition(description = "Name of the disk, * for any characters")
        String disk() default "";

        @AttributeDefinition(description = "Bus, as mmc")
        String bus() default "";

        @AttributeDefinition(description = "true or false: whether the medium can be taken out")
        String removable() default "";

        @AttributeDefinition(description = "Label of the volume")
        String label() default "";

        @AttributeDefinition(description = "UUID or serial number of the volume")
        String uuid() default "";

        @AttributeDefinition(description = "Where; {disk}, {label} and {uuid} stand for what the disk has")
        String point() default "/media/{label}";

        @AttributeDefinition(description = "Type of file system, as vfat")
        String type() default MountTable.AUTO;

        @AttributeDefinition(description = "As of mount -o")
        String options() default "";
    }

    private final SystemClockwork clockwork = Clockwork.system("unplug-automount");
    private final Map<Disk, DiskInfo> disks = new ConcurrentHashMap<>();
    private final AutoMount work;

    @Activate
    public AutoMountComponent(
            Config config, @Reference MountTable table, @Reference(service = LoggerFactory.class) Logger log) {
        AutoMount.Rule rule = new AutoMount.Rule(
                config.disk(),
                config.bus(),
                config.removable(),
                config.label(),
                config.uuid(),
                config.point(),
                config.type(),
                MountOptions.parse(config.options()));
        work = new AutoMount(table, rule, clockwork, log::warn);
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addDisk(Disk disk) {
        disks.put(disk, disk.info());
        work.added(disk.info());
    }

    void removeDisk(Disk disk) {
        DiskInfo info = disks.remove(disk);
        if (info != null) {
            work.removed(info);
        }
    }

    @Deactivate
    void deactivate() {
        clockwork.close();
    }
}
