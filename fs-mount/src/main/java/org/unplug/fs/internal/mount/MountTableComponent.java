package org.unplug.fs.internal.mount;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.unplug.block.Disk;
import org.unplug.block.Disks;
import org.unplug.block.stack.Filter;
import org.unplug.fs.CacheUse;
import org.unplug.fs.CheckReport;
import org.unplug.fs.FormatOptions;
import org.unplug.fs.Mount;
import org.unplug.fs.MountOptions;
import org.unplug.fs.MountTable;
import org.unplug.fs.UnmountMode;
import org.unplug.fs.UnmountReport;
import org.unplug.fs.VolumeIdentity;
import org.unplug.fs.internal.exfat.Exfat;
import org.unplug.fs.internal.fat.Vfat;
import org.unplug.fs.spi.FileSystemType;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;

/**
 * Publishes the mount table, and each mount as a FileSystem. Disks are services that are held only while they are opened: from
 * then on the handle keeps them, and tells this bundle when they go.
 */
@Component(service = MountTable.class, immediate = true, configurationPid = MountTableComponent.PID)
@Designate(ocd = MountTableComponent.Config.class)
public final class MountTableComponent implements MountTable {

    static final String PID = "org.unplug.fs";

    @ObjectClassDefinition(name = "Unplug file systems")
    @interface Config {
        @AttributeDefinition(description = "Most MiB of the page cache of one mount")
        int cache_mib() default 32;

        @AttributeDefinition(
                description =
                        "Most MiB of the page caches of all mounts together; each can have its first MiB whatever the others have")
        int all_caches_mib() default 128;

        @AttributeDefinition(description = "How many milliseconds unmounting waits for a disk that does not answer")
        long sync_timeout_ms() default 30_000;
    }

    private final BundleContext context;
    private final Logger log;
    private final SystemClockwork clockwork = Clockwork.system("unplug-fs");
    private final List<FileSystemType> strangers = new CopyOnWriteArrayList<>();
    private final Map<Mount, ServiceRegistration<FileSystem>> registrations = new ConcurrentHashMap<>();
    private final Mounts mounts;

    @Activate
    public MountTableComponent(
            BundleContext context, Config config, @Reference(service = LoggerFactory.class) Logger log) {
        this.context = context;
        this.log = log;
        List<FileSystemType> own = List.of(
                new Vfat(InstantSource.system(), ZoneId.systemDefault()),
                new Exfat(InstantSource.system(), ZoneId.systemDefault()));
        mounts = new Mounts(
                new DiskServices(context),
                new HoldPatience(context, () -> disks, () -> hold, clockwork, log),
                () -> {
                    List<FileSystemType> all = new ArrayList<>(strangers);
                    all.addAll(own);
                    return all;
                },
                clockwork,
                settings(config).orElse(Mounts.Settings.DEFAULT),
                new Publisher(),
                log::warn);
    }

    /** Other limits are no reason to unmount anything: they hold from now on. */
    @Modified
    void modified(Config config) {
        settings(config).ifPresent(mounts::change);
    }

    /** What cannot be leaves all as it is, which is said. */
    private Optional<Mounts.Settings> settings(Config config) {
        try {
            return Optional.of(new Mounts.Settings(
                    positive("cache.mib", config.cache_mib()) << 20,
                    positive("all.caches.mib", config.all_caches_mib()) << 20,
                    positive("sync.timeout.ms", config.sync_timeout_ms())));
        } catch (IllegalArgumentException e) {
            log.error(PID + ": the limits stay as they were: " + e.getMessage());
            return Optional.empty();
        }
    }

    private static long positive(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " is " + value + ", must be 1 or more");
        }
        return value;
    }

    /** The block layer may go and come back: mounts die with their disks, and the mount table stays. */
    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    volatile Disks disks;

    /** What waits for a card to come back, where its driver is there. */
    @Reference(
            target = "(" + Filter.NAME + "=hold)",
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC)
    volatile Filter hold;

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addType(FileSystemType type) {
        strangers.add(type);
    }

    void removeType(FileSystemType type) {
        strangers.remove(type);
    }

    @Deactivate
    void deactivate() {
        mounts.close();
        clockwork.close();
    }

    @Override
    public Mount mount(String disk, String mountPoint, String type, MountOptions options) throws IOException {
        return mounts.mount(disk, mountPoint, type, options);
    }

    @Override
    public Mount mount(Disk disk, String mountPoint, String type, MountOptions options) throws IOException {
        return mounts.mount(disk, mountPoint, type, options);
    }

    @Override
    public UnmountReport unmount(String mountPoint, UnmountMode mode) throws IOException {
        return mounts.unmount(mountPoint, mode);
    }

    @Override
    public Mount remount(String mountPoint, MountOptions options) throws IOException {
        return mounts.remount(mountPoint, options);
    }

    @Override
    public Optional<VolumeIdentity> identify(String disk) throws IOException {
        return mounts.identify(disk);
    }

    @Override
    public List<Mount> list() {
        return mounts.list();
    }

    @Override
    public CacheUse cache() {
        return mounts.cache();
    }

    @Override
    public Optional<Mount> find(String mountPoint) {
        return mounts.find(mountPoint);
    }

    @Override
    public String format(String disk, FormatOptions options) throws IOException {
        String made = mounts.format(disk, options);
        Disks layer = disks;
        if (layer != null) {
            // Where a partition table was, its partitions are no more.
            try {
                layer.rescan(disk);
            } catch (IllegalStateException e) {
                throw new IOException(disk + ": has a file system now, but " + e.getMessage(), e);
            }
        }
        return made;
    }

    @Override
    public CheckReport check(String disk, boolean repair) throws IOException {
        return mounts.check(disk, repair);
    }

    @Override
    public void label(String disk, String label) throws IOException {
        mounts.label(disk, label);
    }

    @Override
    public void sync() throws IOException {
        mounts.sync();
    }

    @Override
    public List<String> types() {
        return mounts.types();
    }

    private final class Publisher implements Mounts.Listener {
        @Override
        public void mounted(Mount mount) {
            registrations.put(mount, context.registerService(FileSystem.class, mount.fileSystem(), properties(mount)));
        }

        @Override
        public void changed(Mount mount) {
            ServiceRegistration<FileSystem> registration = registrations.get(mount);
            if (registration != null) {
                registration.setProperties(properties(mount));
            }
        }

        private Dictionary<String, Object> properties(Mount mount) {
            Dictionary<String, Object> properties = new Hashtable<>();
            properties.put(POINT, mount.point());
            properties.put(TYPE, mount.type());
            properties.put(DISK, mount.disk());
            properties.put(READ_ONLY, mount.options().readOnly());
            return properties;
        }

        @Override
        public void leaving(Mount mount) {
            ServiceRegistration<FileSystem> registration = registrations.remove(mount);
            if (registration != null) {
                try {
                    registration.unregister();
                } catch (IllegalStateException unregisteredByFramework) {
                    // Our bundle is past its stop: the framework has done it.
                }
            }
        }
    }
}
