package org.unplug.events.internal;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.osgi.framework.AllServiceListener;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.event.Event;
import org.osgi.service.event.EventAdmin;
import org.osgi.service.event.EventConstants;
import org.osgi.service.event.EventHandler;
import org.unplug.events.Topics;

/** Cards, units and mounts, which are services, as events when they come and go. Needs no class of their layers. */
@Component(
        service = {},
        immediate = true)
public final class ServiceTopics {

    /** What a kind of service is told as. */
    private record Kind(String filter, String comes, String goes) {}

    private static final Kind[] KINDS = {
        new Kind("(objectClass=org.unplug.mmc.MmcCard)", Topics.CARD + Topics.ADDED, Topics.CARD + Topics.REMOVED),
        new Kind("(objectClass=org.unplug.scsi.ScsiDevice)", Topics.UNIT + Topics.ADDED, Topics.UNIT + Topics.REMOVED),
        new Kind("(&(objectClass=java.nio.file.FileSystem)(mount.point=*))", Topics.MOUNTED, Topics.UNMOUNTED),
    };

    private final BundleContext context;
    private final EventAdmin events;

    /** Who subscribes: without anybody no event is made. */
    @Reference(
            service = EventHandler.class,
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC)
    private volatile List<ServiceReference<EventHandler>> handlers = List.of();

    private final ServiceListener[] listeners = new ServiceListener[KINDS.length];

    @Activate
    public ServiceTopics(BundleContext context, @Reference EventAdmin events) throws InvalidSyntaxException {
        this.context = context;
        this.events = events;
        for (int i = 0; i < KINDS.length; i++) {
            Kind kind = KINDS[i];
            // All of them, whoever can see the service's class: nobody gets it.
            listeners[i] = (AllServiceListener) event -> changed(kind, event);
            context.addServiceListener(listeners[i], kind.filter());
        }
    }

    @Deactivate
    void stop() {
        for (ServiceListener listener : listeners) {
            context.removeServiceListener(listener);
        }
    }

    private void changed(Kind kind, ServiceEvent event) {
        switch (event.getType()) {
            case ServiceEvent.REGISTERED -> post(kind.comes(), event.getServiceReference());
            case ServiceEvent.UNREGISTERING -> post(kind.goes(), event.getServiceReference());
            default -> {
                // A property changed: nothing came or went.
            }
        }
    }

    private void post(String topic, ServiceReference<?> service) {
        if (handlers.isEmpty()) {
            return;
        }
        Map<String, Object> properties = new HashMap<>();
        for (String key : service.getPropertyKeys()) {
            properties.put(key, service.getProperty(key));
        }
        properties.put(EventConstants.TIMESTAMP, System.currentTimeMillis());
        events.postEvent(new Event(topic, properties));
    }
}
