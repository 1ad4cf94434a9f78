package org.unplug.scsi.internal.eh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;
import org.unplug.scsi.ScsiAddress;

class ErrorHandlerTest {

    private static final long FIVE_SECONDS = 5_000_000_000L;

    private final SystemClockwork clockwork = Clockwork.system("test");
    private final List<String> calls = Collections.synchronizedList(new ArrayList<>());
    private final Set<Rung> working = EnumSet.noneOf(Rung.class);
    private Ward.Answer abortAnswer = Ward.Answer.FAILED;

    private final Ward ward = new Ward() {
        @Override
        public Answer abort(Patient patient) {
            calls.add("abort " + patient.address());
            return abortAnswer;
        }

        @Override
        public Answer reset(Rung rung, ScsiAddress address) {
            calls.add(rung + " " + address);
            return working.contains(rung) ? Answer.SUCCESS : Answer.FAILED;
        }

        @Override
        public void beginRecovery() {
            calls.add("stop host");
        }

        @Override
        public void endRecovery() {
            calls.add("go on");
        }

        @Override
        public void offline(ScsiAddress unit, String why) {
            calls.add("offline " + unit);
        }
    };

    private final ErrorHandler handler = new ErrorHandler("host0", clockwork, ward);

    private final class Sick implements Patient {
        private final ScsiAddress address;
        private final boolean letGo;

        Sick(int target, long lun, boolean letGo) {
            address = new ScsiAddress(0, 0, target, lun);
            this.letGo = letGo;
        }

        @Override
        public ScsiAddress address() {
            return address;
        }

        @Override
        public boolean isLetGo() {
            return letGo;
        }

        @Override
        public void recovered() {
            calls.add("recovered " + address);
        }

        @Override
        public void givenUp() {
            calls.add("given up " + address);
        }
    }

    @AfterEach
    void close() {
        clockwork.close();
    }

    private void climb(Patient patient) {
        handler.admit(patient);
        assertTrue(handler.awaitIdle(clockwork.nanoTime() + FIVE_SECONDS), "the handler ends");
    }

    @Test
    void abort_thatWorks_neverStopsTheHost() {
        abortAnswer = Ward.Answer.SUCCESS;
        climb(new Sick(1, 0, false));
        assertEquals(List.of("abort 0:0:1:0", "recovered 0:0:1:0"), calls);
    }

    @Test
    void command_completedMeanwhile_isNotAborted() {
        climb(new Sick(1, 0, true));
        assertEquals(List.of("recovered 0:0:1:0"), calls);
    }

    @Test
    void ladder_climbsToTheRungThatWorks() {
        working.add(Rung.BUS_RESET);
        climb(new Sick(1, 2, false));
        assertEquals(
                List.of(
                        "abort 0:0:1:2",
                        "stop host",
                        "DEVICE_RESET 0:0:1:2",
                        "TARGET_RESET 0:0:1:2",
                        "BUS_RESET 0:0:1:2",
                        "recovered 0:0:1:2",
                        "go on"),
                calls);
    }

    @Test
    void ladder_atItsEnd_takesTheUnitOfflineAndGivesUp() {
        abortAnswer = Ward.Answer.STUCK;
        climb(new Sick(1, 2, false));
        assertEquals(
                List.of("HOST_RESET 0:0:1:2", "offline 0:0:1:2", "given up 0:0:1:2", "go on"),
                calls.subList(calls.size() - 4, calls.size()));
    }

    @Test
    void closed_givesUpAtOnceWithoutCallingTheDriver() {
        handler.close();
        climb(new Sick(1, 2, false));
        assertEquals(List.of("given up 0:0:1:2"), calls);
    }

    @Test
    void rung_reachesWhatItResets() {
        ScsiAddress reset = new ScsiAddress(0, 0, 1, 2);
        ScsiAddress sibling = new ScsiAddress(0, 0, 1, 3);
        ScsiAddress otherTarget = new ScsiAddress(0, 0, 2, 2);
        ScsiAddress otherChannel = new ScsiAddress(0, 1, 1, 2);
        assertEquals(EnumSet.allOf(Rung.class), reaching(reset, reset));
        assertEquals(EnumSet.of(Rung.TARGET_RESET, Rung.BUS_RESET, Rung.HOST_RESET), reaching(reset, sibling));
        assertEquals(EnumSet.of(Rung.BUS_RESET, Rung.HOST_RESET), reaching(reset, otherTarget));
        assertEquals(EnumSet.of(Rung.HOST_RESET), reaching(reset, otherChannel));
    }

    private static Set<Rung> reaching(ScsiAddress reset, ScsiAddress command) {
        Set<Rung> rungs = EnumSet.noneOf(Rung.class);
        for (Rung rung : Rung.values()) {
            if (rung.reaches(reset, command)) {
                rungs.add(rung);
            }
        }
        return rungs;
    }
}
