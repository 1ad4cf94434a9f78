package org.unplug.block.internal.osgi;

import java.util.Dictionary;
import java.util.Hashtable;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceFactory;
import org.osgi.framework.ServiceRegistration;
import org.unplug.block.Disk;
import org.unplug.block.DiskInfo;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.block.internal.genhd.OwnedDisk;
import org.unplug.block.internal.genhd.Owner;

/** A disk as a service: one object for each bundle that gets it, so that each handle has an owner. */
final class DiskService implements ServiceFactory<Disk> {

    private final Gendisk disk;
    private final Owners owners;

    DiskService(Gendisk disk, Owners owners) {
        this.disk = disk;
        this.owners = owners;
    }

    @Override
    public Disk getService(Bundle bundle, ServiceRegistration<Disk> registration) {
        Owner owner = owners.of(bundle);
        return disk.getBy(owner) ? new OwnedDisk(disk, owner) : null;
    }

    @Override
    public void ungetService(Bundle bundle, ServiceRegistration<Disk> registration, Disk service) {
        disk.putBy(((OwnedDisk) service).owner());
    }

    static Dictionary<String, Object> properties(DiskInfo info) {
        Dictionary<String, Object> properties = new Hashtable<>();
        properties.put(Disk.NAME, info.name());
        properties.put(Disk.BYTES, info.capacityBytes());
        properties.put(Disk.BUS, info.bus());
        properties.put(Disk.DRIVER, info.driver());
        properties.put(Disk.REMOVABLE, info.removable());
        properties.put(Disk.READ_ONLY, info.readOnly());
        properties.put(Disk.EPOCH, info.epoch());
        putIfSaid(properties, Disk.MODEL, info.model());
        putIfSaid(properties, Disk.SERIAL, info.serial());
        putIfSaid(properties, Disk.PARENT, info.parent());
        return properties;
    }

    private static void putIfSaid(Dictionary<String, Object> properties, String key, String value) {
        if (!value.isEmpty()) {
            properties.put(key, value);
        }
    }
}
