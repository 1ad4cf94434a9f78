package org.unplug.scsi.internal.midlayer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.unplug.block.Removal;
import org.unplug.scsi.ScsiDeviceState;
import org.unplug.scsi.ScsiHostState;

/**
 * What each event does in each state, written down once more as text: where it leads, or that it cannot happen there. Every field
 * of both tables is tried, the device's on a real one.
 */
@Timeout(60)
class StateEventTest {

    private static final String DEVICE = """
                         ADDED    QUIESCED RESUMED  BLOCKED       UNBLOCKED PATH_FAILED       GIVEN_UP BROUGHT_BACK CANCELLED REMOVED
            CREATED      RUNNING  -        -        CREATED_BLOCK -         TRANSPORT_OFFLINE OFFLINE  -            CANCEL    -
            RUNNING      -        QUIESCE  RUNNING  BLOCK         RUNNING   TRANSPORT_OFFLINE OFFLINE  RUNNING      CANCEL    -
            QUIESCE      -        QUIESCE  RUNNING  BLOCK         -         TRANSPORT_OFFLINE OFFLINE  -            CANCEL    -
            OFFLINE      -        QUIESCE  -        BLOCK         -         -                 OFFLINE  RUNNING      CANCEL    -
            TRANSPORT_OFFLINE -   QUIESCE  -        -             RUNNING   TRANSPORT_OFFLINE -        RUNNING      CANCEL    -
            BLOCK        -        -        -        BLOCK         RUNNING   TRANSPORT_OFFLINE OFFLINE  -            DEL       -
            CREATED_BLOCK BLOCK   -        -        CREATED_BLOCK CREATED   -                 -        -            DEL       -
            CANCEL       -        -        -        -             -         -                 -        -            -         DEL
            DEL          -        -        -        -             -         -                 -        -            -         DEL
            """;

    private static final String HOST = """
                            INTRODUCED RECOVERY_BEGINS RECOVERY_ENDS CANCELLED       REMOVED
            CREATED         RUNNING    -               -             CANCEL          -
            RUNNING         -          RECOVERY        -             CANCEL          -
            CANCEL          -          CANCEL_RECOVERY -             -               DEL
            DEL             -          -               -             -               -
            RECOVERY        -          -               RUNNING       CANCEL_RECOVERY -
            CANCEL_RECOVERY -          -               CANCEL        -               DEL_RECOVERY
            DEL_RECOVERY    -          -               DEL           -               -
            """;

    private final Bench bench = new Bench(Bench.QUICK);
    private final FakeHost driver = new FakeHost().unit(0, 4096);

    @AfterEach
    void close() {
        bench.core.hosts().forEach(host -> bench.core.removeHost(host.number(), Removal.SURPRISE));
        bench.close();
    }

    /** The table as "state event" to state or "-". */
    private static Map<String, String> fields(String table) {
        Map<String, String> fields = new HashMap<>();
        List<String> lines = table.lines().toList();
        String[] events = lines.get(0).strip().split("\\s+", -1);
        for (String line : lines.subList(1, lines.size())) {
            String[] cells = line.strip().split("\\s+", -1);
            assertEquals(events.length + 1, cells.length, line);
            for (int i = 0; i < events.length; i++) {
                fields.put(cells[0] + " " + events[i], cells[i + 1]);
            }
        }
        return fields;
    }

    /** A device of its own, which no scan knows, on the way to a state by legal moves. */
    private Device deviceIn(ScsiDeviceState state, Host host) {
        Device device = new Device(
                host, host.devices().get(0).addressee(), host.devices().get(0).info());
        device.probed();
        List<DeviceEvent> way = switch (state) {
            case CREATED -> List.of();
            case RUNNING -> List.of(DeviceEvent.ADDED);
            case QUIESCE -> List.of(DeviceEvent.ADDED, DeviceEvent.QUIESCED);
            case OFFLINE -> List.of(DeviceEvent.ADDED, DeviceEvent.GIVEN_UP);
            case TRANSPORT_OFFLINE -> List.of(DeviceEvent.ADDED, DeviceEvent.PATH_FAILED);
            case BLOCK -> List.of(DeviceEvent.ADDED, DeviceEvent.BLOCKED);
            case CREATED_BLOCK -> List.of(DeviceEvent.BLOCKED);
            case CANCEL -> List.of(DeviceEvent.ADDED, DeviceEvent.CANCELLED);
            case DEL -> List.of(DeviceEvent.ADDED, DeviceEvent.CANCELLED, DeviceEvent.REMOVED);
        };
        way.forEach(event -> assertTrue(device.happens(event), event + " on the way to " + state));
        assertEquals(state, device.state());
        return device;
    }

    @ParameterizedTest
    @EnumSource(ScsiDeviceState.class)
    void device_inEachState_takesEachEventAsTheTableSays(ScsiDeviceState from) {
        Host host = bench.attach(driver);
        Map<String, String> fields = fields(DEVICE);
        assertEquals(ScsiDeviceState.values().length * DeviceEvent.values().length, fields.size());
        for (DeviceEvent event : DeviceEvent.values()) {
            String expected = fields.get(from + " " + event.name());
            Device device = deviceIn(from, host);
            boolean happened = device.happens(event);
            assertEquals(!expected.equals("-"), happened, event.name() + " in " + from);
            assertEquals(happened ? expected : from.name(), device.state().name(), event.name() + " in " + from);
            assertTrue(from.canMoveTo(device.state()), "only along arrows: " + from + " to " + device.state());
        }
    }

    @ParameterizedTest
    @EnumSource(ScsiDeviceState.class)
    void device_inEachState_refusesAPersonsWishWithBothNames(ScsiDeviceState from) {
        Host host = bench.attach(driver);
        Map<String, String> fields = fields(DEVICE);
        Map<DeviceEvent, String> wishes = Map.of(
                DeviceEvent.QUIESCED, "QUIESCE",
                DeviceEvent.RESUMED, "RUNNING",
                DeviceEvent.GIVEN_UP, "OFFLINE",
                DeviceEvent.BROUGHT_BACK, "RUNNING");
        wishes.forEach((event, to) -> {
            Device device = deviceIn(from, host);
            Runnable wish = switch (event) {
                case QUIESCED -> device::quiesce;
                case RESUMED -> device::resume;
                case GIVEN_UP -> device::takeOffline;
                default -> device::bringBack;
            };
            if (fields.get(from + " " + event.name()).equals("-")) {
                String said =
                        assertThrows(IllegalStateException.class, wish::run).getMessage();
                assertEquals("0:0:0:0 cannot go from " + from + " to " + to + ": there is no way to " + event, said);
                assertEquals(from, device.state());
            } else {
                wish.run();
                assertEquals(to, device.state().name());
            }
        });
    }

    @ParameterizedTest
    @EnumSource(ScsiDeviceState.class)
    void device_inEachState_canBeRemovedEitherWay(ScsiDeviceState from) {
        Host host = bench.attach(driver);
        for (Removal kind : Removal.values()) {
            Device device = deviceIn(from, host);
            assertEquals(ScsiDeviceState.DEL, device.remove(kind).finalState(), kind + " in " + from);
        }
    }

    @ParameterizedTest
    @EnumSource(ScsiHostState.class)
    void host_inEachState_takesEachEventAsTheTableSays(ScsiHostState from) {
        Map<String, String> fields = fields(HOST);
        assertEquals(ScsiHostState.values().length * HostEvent.values().length, fields.size());
        for (HostEvent event : HostEvent.values()) {
            Optional<ScsiHostState> next = event.from(from);
            assertEquals(
                    fields.get(from + " " + event.name()),
                    next.map(ScsiHostState::name).orElse("-"),
                    event.name() + " in " + from);
            next.ifPresent(to -> assertTrue(from.canMoveTo(to), "only along arrows: " + from + " to " + to));
        }
    }

    @Test
    void host_refusesAnEventThatCannotHappen_namingItAndTheState() {
        Host host = bench.attach(driver);
        String running =
                assertThrows(IllegalStateException.class, host::dropDriver).getMessage();
        assertEquals("host0 in RUNNING cannot delete", running);
        bench.core.detach(host);
        String removed = assertThrows(IllegalStateException.class, host::cancel).getMessage();
        assertEquals("host0 in DEL cannot cancel", removed);
        host.beginRecovery();
        assertEquals(ScsiHostState.DEL, host.state(), "nothing is recovered any more");
        assertEquals(false, host.isRecovering());
    }
}
