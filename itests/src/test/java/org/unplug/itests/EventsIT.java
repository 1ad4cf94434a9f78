package org.unplug.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.event.Event;
import org.osgi.service.event.EventHandler;
import org.osgi.service.log.LogEntry;
import org.osgi.service.log.LogReaderService;
import org.unplug.fs.Mount;
import org.unplug.fs.MountState;
import org.unplug.mmc.sim.MmcSlots;

/** What is told of a removal: events, log lines, the flight recorder; and a stack of disks, through which the wave goes up once. */
public class EventsIT extends StackedBench {

    private final List<Event> events = new CopyOnWriteArrayList<>();

    private ServiceRegistration<?> subscribe() {
        EventHandler handler = events::add;
        return context()
                .registerService(
                        EventHandler.class,
                        handler,
                        FrameworkUtil.asDictionary(Map.of("event.topics", new String[] {"unplug/*"})));
    }

    private List<String> disks(String topic) {
        return events.stream()
                .filter(event -> event.getTopic().equals(topic))
                .map(event -> String.valueOf(event.getProperty("disk.name")))
                .toList();
    }

    private boolean isTold(String topic) {
        return events.stream().anyMatch(event -> event.getTopic().equals(topic));
    }

    private Event told(String topic) {
        Await.until(topic + " is told: " + events, () -> isTold(topic));
        return events.stream()
                .filter(e -> e.getTopic().equals(topic))
                .findFirst()
                .orElseThrow();
    }

    @Test
    public void aCardsLife_isTold_fromItsInsertionToTheReleaseOfItsDisk() throws Exception {
        ServiceRegistration<?> subscription = subscribe();
        try {
            Path image = image();
            String disk = card(image, 7);
            assertEquals(disk, told("unplug/disk/ADDED").getProperty("disk.name"));
            assertEquals("mmc", told("unplug/disk/ADDED").getProperty("disk.bus"));
            told("unplug/card/ADDED");
            Mount mount = formatAndMount(disk);
            assertEquals(POINT, told("unplug/mount/MOUNTED").getProperty("mount.point"));
            Scribes scribes = scribes("run");
            scribes.awaitProgress(60);
            slots().yank(MmcSlots.DEFAULT_SLOT);
            scribes.assertOnlyGone();
            Event removed = told("unplug/disk/REMOVED");
            assertEquals("SURPRISE", removed.getProperty("removal.kind"));
            assertEquals(true, removed.getProperty("removal.quiet"));
            assertEquals(disk, removed.getProperty("disk.name"));
            assertNotNull(removed.getProperty("removal.failedGone"));
            told("unplug/card/REMOVED");
            Await.until("the mount is dead", () -> mount.state() == MountState.DEAD);
            table().unmount(POINT);
            told("unplug/mount/UNMOUNTED");
            assertEquals(disk, told("unplug/disk/RELEASED").getProperty("disk.name"));
            assertEquals(List.of(disk), disks("unplug/disk/REMOVED"));
        } finally {
            subscription.unregister();
        }
    }

    @Test
    public void theWave_goesUpAStackOnce_fromTheTop() throws Exception {
        ServiceRegistration<?> subscription = subscribe();
        try {
            String loop = loop(image());
            String linear = configured("linear", Map.of("disk", loop));
            String stats = configured("stats", Map.of("disk", linear));
            Mount mount = formatAndMount(stats);
            Scribes scribes = scribes("run");
            scribes.awaitProgress(60);
            rig.bundle("org.unplug.driver-loop").stop();
            scribes.assertOnlyGone();
            Await.until("the mount is dead", () -> mount.state() == MountState.DEAD);
            unmountClean();
            Await.until(
                    "all three are told: " + events,
                    () -> disks("unplug/disk/REMOVED").size() >= 3);
            assertEquals(
                    "uppermost first, since it writes back through those below; each once",
                    List.of(stats, linear, loop),
                    disks("unplug/disk/REMOVED"));
            for (Event event : events) {
                if (event.getTopic().equals("unplug/disk/REMOVED")) {
                    assertEquals(event.toString(), "ORDERLY", event.getProperty("removal.kind"));
                    assertEquals(event.toString(), true, event.getProperty("removal.synced"));
                }
            }
        } finally {
            subscription.unregister();
        }
    }

    @Test
    public void withoutAnEventAdmin_everythingElseGoesOn_andEventsComeAgainWithIt() throws Exception {
        Bundle admin = rig.bundle("org.apache.felix.eventadmin");
        admin.stop();
        try {
            Path image = image();
            String disk = card(image, 7);
            formatAndMount(disk);
            Files.writeString(fileSystem().getPath("/a.txt"), "written");
            unmountClean();
            slots().yank(MmcSlots.DEFAULT_SLOT);
            Await.until("the disk is released", () -> rig.list().isEmpty());
        } finally {
            admin.start();
        }
        ServiceRegistration<?> subscription = subscribe();
        try {
            card(image(), 8);
            told("unplug/disk/ADDED");
        } finally {
            subscription.unregister();
        }
    }

    @Test
    public void theLog_saysWhatWasRemoved_how_andInWhatTime() throws Exception {
        String disk = card(image(), 7);
        slots().yank(MmcSlots.DEFAULT_SLOT);
        Await.until(
                "the log tells of the removal",
                () -> lines().stream().anyMatch(line -> line.startsWith(disk + " removed (surprise) in ")));
        assertTrue(
                "and of the insertion: " + lines(),
                lines().stream().anyMatch(line -> line.startsWith(disk + ": " + IMAGE_BYTES / 512 + " sectors")));
    }

    private List<String> lines() {
        return Collections.list(rig.service(LogReaderService.class).getLog()).stream()
                .filter(entry ->
                        "org.unplug.block-core".equals(entry.getBundle().getSymbolicName()))
                .map(LogEntry::getMessage)
                .toList();
    }

    @Test
    public void theFlightRecorder_hasEachRequestAndRemoval() throws Exception {
        Path file = Files.createTempFile("unplug", ".jfr");
        try (Recording recording = new Recording()) {
            recording.enable("org.unplug.block.Request");
            recording.enable("org.unplug.block.Removal");
            recording.start();
            String disk = card(image(), 7);
            formatAndMount(disk);
            Files.write(fileSystem().getPath("/a.bin"), new byte[50_000]);
            unmountClean();
            slots().yank(MmcSlots.DEFAULT_SLOT);
            Await.until("the disk is released", () -> rig.list().isEmpty());
            recording.stop();
            recording.dump(file);
            List<RecordedEvent> all = RecordingFile.readAllEvents(file);
            List<RecordedEvent> requests = named(all, "org.unplug.block.Request", disk);
            assertFalse("no requests", requests.isEmpty());
            long written = requests.stream()
                    .filter(event -> event.getString("operation").equals("WRITE"))
                    .mapToLong(event -> event.getLong("sectors") * 512)
                    .sum();
            assertTrue("written: " + written, written >= 50_000);
            assertTrue(requests.stream()
                    .allMatch(event -> event.getDuration("latency").toNanos() >= 0));
            List<RecordedEvent> removals = named(all, "org.unplug.block.Removal", disk);
            assertEquals(1, removals.size());
            assertEquals("SURPRISE", removals.get(0).getString("kind"));
            assertTrue(removals.get(0).getBoolean("quiet"));
        } finally {
            Files.delete(file);
        }
    }

    private static List<RecordedEvent> named(List<RecordedEvent> all, String type, String disk) {
        return all.stream()
                .filter(event -> event.getEventType().getName().equals(type))
                .filter(event -> event.getString("disk").equals(disk))
                .toList();
    }
}
