package org.unplug.scsi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every arrow of both tables, legal and illegal, against the tables written down once more as text. */
class StateTablesTest {

    private static final String DEVICE = """
            CREATED: CREATED_BLOCK
            RUNNING: CREATED OFFLINE TRANSPORT_OFFLINE QUIESCE BLOCK
            QUIESCE: RUNNING OFFLINE TRANSPORT_OFFLINE
            OFFLINE: CREATED RUNNING QUIESCE BLOCK
            TRANSPORT_OFFLINE: CREATED RUNNING QUIESCE BLOCK
            BLOCK: RUNNING CREATED_BLOCK QUIESCE OFFLINE
            CREATED_BLOCK: CREATED
            CANCEL: CREATED RUNNING QUIESCE OFFLINE TRANSPORT_OFFLINE
            DEL: CREATED RUNNING OFFLINE TRANSPORT_OFFLINE CANCEL BLOCK CREATED_BLOCK
            """;

    private static final String HOST = """
            CREATED:
            RUNNING: CREATED RECOVERY
            RECOVERY: RUNNING
            CANCEL: CREATED RUNNING CANCEL_RECOVERY
            CANCEL_RECOVERY: CANCEL RECOVERY
            DEL: CANCEL DEL_RECOVERY
            DEL_RECOVERY: CANCEL_RECOVERY
            """;

    /** The legal moves of a table as "FROM>TO". */
    private static Set<String> arrows(String table) {
        Set<String> arrows = new HashSet<>();
        for (String line : table.lines().toList()) {
            String to = line.substring(0, line.indexOf(':'));
            arrows.add(to + ">" + to);
            for (String from : line.substring(line.indexOf(':') + 1).strip().split(" ", -1)) {
                arrows.add(from + ">" + to);
            }
        }
        return arrows;
    }

    @ParameterizedTest
    @EnumSource(ScsiDeviceState.class)
    void device_movesAlongTheTableAndNowhereElse(ScsiDeviceState from) {
        for (ScsiDeviceState to : ScsiDeviceState.values()) {
            boolean legal = arrows(DEVICE).contains(from + ">" + to);
            assertEquals(legal, from.canMoveTo(to), from + " to " + to);
            if (legal) {
                assertSame(to, from.moveTo(to, "0:0:1:0"));
            } else {
                String said = assertThrows(IllegalStateException.class, () -> from.moveTo(to, "0:0:1:0"))
                        .getMessage();
                assertEquals("0:0:1:0 cannot go from " + from + " to " + to, said);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ScsiHostState.class)
    void host_movesAlongTheTableAndNowhereElse(ScsiHostState from) {
        for (ScsiHostState to : ScsiHostState.values()) {
            boolean legal = arrows(HOST).contains(from + ">" + to);
            assertEquals(legal, from.canMoveTo(to), from + " to " + to);
            if (legal) {
                assertSame(to, from.moveTo(to, "host3"));
            } else {
                String said = assertThrows(IllegalStateException.class, () -> from.moveTo(to, "host3"))
                        .getMessage();
                assertEquals("host3 cannot go from " + from + " to " + to, said);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ScsiDeviceState.class)
    void everyState_reachesDel(ScsiDeviceState from) {
        assertTrue(
                from.canMoveTo(ScsiDeviceState.DEL)
                        || from.canMoveTo(ScsiDeviceState.CANCEL)
                                && ScsiDeviceState.CANCEL.canMoveTo(ScsiDeviceState.DEL),
                from + " can be removed");
        assertFalse(from != ScsiDeviceState.DEL && ScsiDeviceState.DEL.canMoveTo(from), "nothing comes back from DEL");
    }
}
