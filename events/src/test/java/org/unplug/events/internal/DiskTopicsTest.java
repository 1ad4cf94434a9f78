package org.unplug.events.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.osgi.framework.ServiceReference;
import org.osgi.service.event.Event;
import org.osgi.service.event.EventAdmin;
import org.osgi.service.event.EventConstants;
import org.osgi.service.event.EventHandler;
import org.unplug.block.Disk;
import org.unplug.block.DiskInfo;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.spi.QueueLimits;
import org.unplug.events.Topics;
import org.unplug.ref.Leaks;

class DiskTopicsTest {

    private static final DiskInfo SDA = new DiskInfo(
            "sda", 3, 7, 2048, QueueLimits.DEFAULT, false, true, "scsi", "org.unplug.scsi-core", "", "S1", "", 0);

    private final List<Event> posted = new ArrayList<>();
    private final List<ServiceReference<EventHandler>> handlers = new ArrayList<>();
    private final EventAdmin admin = new EventAdmin() {
        @Override
        public void postEvent(Event event) {
            posted.add(event);
        }

        @Override
        public void sendEvent(Event event) {
            throw new AssertionError("a handler would hold the block layer up");
        }
    };
    private final DiskTopics topics = new DiskTopics(admin, handlers);

    DiskTopicsTest() {
        handlers.add(null);
    }

    @Test
    void whereNobodySubscribes_noEventIsMade() {
        handlers.clear();
        topics.added(SDA);
        assertEquals(List.of(), posted);
    }

    @Test
    void aDisk_isToldWithTheProperties_ofItsService() {
        topics.added(SDA);
        Event event = posted.get(0);
        assertEquals(Topics.DISK_ADDED, event.getTopic());
        assertEquals("sda", event.getProperty(Disk.NAME));
        assertEquals(1L << 20, event.getProperty(Disk.BYTES));
        assertEquals(7L, event.getProperty(Disk.EPOCH));
        assertEquals("S1", event.getProperty(Disk.SERIAL));
        assertFalse(event.containsProperty(Disk.MODEL), "what the device does not say is not there");
        assertFalse(event.containsProperty(Disk.PARENT));
        assertNotNull(event.getProperty(EventConstants.TIMESTAMP));
    }

    @Test
    void aRemoval_isToldWithItsReport() {
        RemovalReport report = new RemovalReport(
                SDA, Removal.SURPRISE, 1, 2, 3, 40, 39, 1, 1, false, true, List.of("a mount is late"), List.of());
        topics.removed(report);
        Event event = posted.get(0);
        assertEquals(Topics.DISK_REMOVED, event.getTopic());
        assertEquals("SURPRISE", event.getProperty(Topics.REMOVAL_KIND));
        assertEquals(39L, event.getProperty(Topics.REMOVAL_FAILED_GONE));
        assertEquals(List.of("a mount is late"), event.getProperty(Topics.REMOVAL_LAGGARDS));
        assertEquals(report.summary(), event.getProperty(EventConstants.MESSAGE));
    }

    @Test
    void aLeak_isToldWithWhoOpenedItWhere() {
        topics.leaked(new Leaks.Held(1, "sda", "handle", "com.example", "a copy", List.of("A.open(A.java:1)")));
        assertEquals("com.example", posted.get(0).getProperty(EventConstants.BUNDLE_SYMBOLICNAME));
        assertEquals(List.of("A.open(A.java:1)"), posted.get(0).getProperty(Topics.HANDLE_OPENED));
    }
}
