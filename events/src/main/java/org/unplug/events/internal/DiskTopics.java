package org.unplug.events.internal;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.event.Event;
import org.osgi.service.event.EventAdmin;
import org.osgi.service.event.EventConstants;
import org.osgi.service.event.EventHandler;
import org.unplug.block.Disk;
import org.unplug.block.DiskInfo;
import org.unplug.block.DiskListener;
import org.unplug.block.RemovalReport;
import org.unplug.events.Topics;
import org.unplug.ref.Leaks;

/** What the block layer tells, as events. */
@Component(service = DiskListener.class)
public final class DiskTopics implements DiskListener {

    private final EventAdmin events;

    /** Who subscribes: without anybody no event is made. */
    @Reference(
            service = EventHandler.class,
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC)
    private volatile List<ServiceReference<EventHandler>> handlers = List.of();

    @Activate
    public DiskTopics(@Reference EventAdmin events) {
        this.events = events;
    }

    DiskTopics(EventAdmin events, List<ServiceReference<EventHandler>> handlers) {
        this.events = events;
        this.handlers = handlers;
    }

    @Override
    public void added(DiskInfo disk) {
        post(Topics.DISK_ADDED, properties(disk));
    }

    @Override
    public void resized(DiskInfo disk) {
        post(Topics.DISK_RESIZED, properties(disk));
    }

    @Override
    public void removed(RemovalReport report) {
        Map<String, Object> properties = properties(report.disk());
        properties.put(Topics.REMOVAL_KIND, report.kind().name());
        properties.put(Topics.REMOVAL_TOTAL_NANOS, report.totalNanos());
        properties.put(Topics.REMOVAL_DRAIN_NANOS, report.drainNanos());
        properties.put(Topics.REMOVAL_IN_FLIGHT, report.inFlight());
        properties.put(Topics.REMOVAL_FAILED_GONE, report.failedGone());
        properties.put(Topics.REMOVAL_SYNCED, report.synced());
        properties.put(Topics.REMOVAL_QUIET, report.quiet());
        properties.put(Topics.REMOVAL_LAGGARDS, report.laggards());
        properties.put(Topics.REMOVAL_PROBLEMS, report.problems());
        properties.put(EventConstants.MESSAGE, report.summary());
        post(Topics.DISK_REMOVED, properties);
    }

    @Override
    public void released(DiskInfo disk) {
        post(Topics.DISK_RELEASED, properties(disk));
    }

    @Override
    public void fault(String line) {
        post(Topics.DISK_FAULT, new HashMap<>(Map.of(EventConstants.MESSAGE, line)));
    }

    @Override
    public void leaked(Leaks.Held held) {
        Map<String, Object> properties = new HashMap<>();
        properties.put(EventConstants.MESSAGE, held.what() + " was never closed, opened at " + held.where());
        properties.put(EventConstants.BUNDLE_SYMBOLICNAME, held.owner());
        properties.put(Topics.HANDLE_HOLDER, held.holder());
        properties.put(Topics.HANDLE_OPENED, held.stack());
        post(Topics.DISK_LEAKED, properties);
    }

    private void post(String topic, Map<String, Object> properties) {
        if (handlers.isEmpty()) {
            return;
        }
        properties.put(EventConstants.TIMESTAMP, System.currentTimeMillis());
        events.postEvent(new Event(topic, properties));
    }

    private static Map<String, Object> properties(DiskInfo disk) {
        Map<String, Object> properties = new HashMap<>();
        properties.put(Disk.NAME, disk.name());
        properties.put(Disk.BYTES, disk.capacityBytes());
        properties.put(Disk.BUS, disk.bus());
        properties.put(Disk.DRIVER, disk.driver());
        properties.put(Disk.REMOVABLE, disk.removable());
        properties.put(Disk.READ_ONLY, disk.readOnly());
        properties.put(Disk.EPOCH, disk.epoch());
        putIfSaid(properties, Disk.MODEL, disk.model());
        putIfSaid(properties, Disk.SERIAL, disk.serial());
        putIfSaid(properties, Disk.PARENT, disk.parent());
        return properties;
    }

    private static void putIfSaid(Map<String, Object> properties, String key, String value) {
        if (!value.isEmpty()) {
            properties.put(key, value);
        }
    }
}
