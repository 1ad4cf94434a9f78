package org.unplug.block.internal.osgi;

import java.util.ArrayList;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.unplug.block.Disk;
import org.unplug.block.DiskInfo;
import org.unplug.block.internal.genhd.DiskEvents;
import org.unplug.block.internal.genhd.Filters;
import org.unplug.block.stack.Filter;

/** What can be asked of a filter in a disk's queue, as services of the filter's own bundle. */
record FilterServices(BundleContext context) implements Filters.Publisher {

    @Override
    public DiskEvents.Published publish(String filter, DiskInfo disk, Map<Class<?>, Object> services) {
        Dictionary<String, Object> properties = new Hashtable<>();
        properties.put(Disk.NAME, disk.name());
        properties.put(Filter.NAME, filter);
        List<ServiceRegistration<?>> registered = new ArrayList<>();
        services.forEach(
                (type, service) -> registered.add(context.registerService(type.getName(), service, properties)));
        return () -> registered.forEach(FilterServices::unregister);
    }

    private static void unregister(ServiceRegistration<?> service) {
        try {
            service.unregister();
        } catch (IllegalStateException stopped) {
            // The framework was faster: the filter's bundle has stopped.
            return;
        }
    }
}
