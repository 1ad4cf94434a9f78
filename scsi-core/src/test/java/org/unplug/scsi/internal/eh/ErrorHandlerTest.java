package org.unplug.scsi.internal.eh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
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
    private final Set<ScsiAddress> silent = new HashSet<>();
    private final Set<ScsiAddress> gone = ConcurrentHashMap.newKeySet();
    private Rung leavesAt;
    private boolean abortWorks;

    private final Ward ward = new Ward() {
        @Override
        public void abort(List<Patient> patients) {
            for (Patient patient : patients) {
                if (!patient.isLetGo()) {
                    calls.add("abort " + patient.address());
                    if (abortWorks) {
                        patient.letGo();
                    }
                }
            }
        }

        @Override
        public Set<ScsiAddress> reset(Rung rung, List<ScsiAddress> where) {
            where.forEach(address -> calls.add(rung + " " + address));
            if (rung == leavesAt) {
                gone.addAll(where);
            }
            return working.contains(rung) ? Set.copyOf(where) : Set.of();
        }

        @Override
        public Set<ScsiAddress> answering(Set<ScsiAddress> units) {
            units.forEach(unit -> calls.add("ask " + unit));
            Set<ScsiAddress> answering = new TreeSet<>(units);
            answering.removeAll(silent);
            return answering;
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
        public void offline(Patient patient, String why) {
            calls.add("offline " + patient.address());
        }
    };

    private final ErrorHandler handler = new ErrorHandler("host0", clockwork, ward);

    private final class Sick implements Patient {
        private final ScsiAddress address;
        private volatile boolean letGo;

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
        public boolean isUnitGone() {
            return gone.contains(address);
        }

        @Override
        public void letGo() {
            letGo = true;
        }

        @Override
        public void recovered() {
            calls.add("recovered " + address);
        }

        @Override
        public void givenUp() {
            calls.add((letGo ? "ended " : "given up ") + address);
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
        abortWorks = true;
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
                        "ask 0:0:1:2",
                        "recovered 0:0:1:2",
                        "go on"),
                calls);
    }

    @Test
    void ladder_atItsEnd_takesTheUnitOfflineAndGivesUp() {
        climb(new Sick(1, 2, false));
        assertEquals(
                List.of("HOST_RESET 0:0:1:2", "offline 0:0:1:2", "go on", "given up 0:0:1:2"),
                calls.subList(calls.size() - 4, calls.size()));
    }

    @Test
    void unitThatIsSilentAfterAReset_climbsOnAndEndsOffline() {
        working.addAll(EnumSet.allOf(Rung.class));
        Sick sick = new Sick(1, 2, false);
        silent.add(sick.address);
        climb(sick);
        assertEquals(
                List.of(
                        "abort 0:0:1:2",
                        "stop host",
                        "DEVICE_RESET 0:0:1:2",
                        "ask 0:0:1:2",
                        "TARGET_RESET 0:0:1:2",
                        "ask 0:0:1:2",
                        "BUS_RESET 0:0:1:2",
                        "ask 0:0:1:2",
                        "HOST_RESET 0:0:1:2",
                        "ask 0:0:1:2",
                        "offline 0:0:1:2",
                        "go on",
                        "ended 0:0:1:2"),
                calls,
                "its command was let go, so its buffers are free");
    }

    @Test
    void unitThatIsGone_isNotResetAfterItsAbort() {
        Sick sick = new Sick(1, 2, false);
        gone.add(sick.address);
        climb(sick);
        assertEquals(List.of("abort 0:0:1:2", "given up 0:0:1:2"), calls);
    }

    @Test
    void unitThatIsGone_doesNotKeepItsNeighbourFromBeingReset() {
        working.add(Rung.DEVICE_RESET);
        Sick yanked = new Sick(1, 2, false);
        gone.add(yanked.address);
        synchronized (handler) {
            handler.admit(yanked);
            handler.admit(new Sick(1, 3, false));
        }
        assertTrue(handler.awaitIdle(clockwork.nanoTime() + FIVE_SECONDS), "the handler ends");
        assertEquals(
                List.of(
                        "abort 0:0:1:2",
                        "abort 0:0:1:3",
                        "given up 0:0:1:2",
                        "stop host",
                        "DEVICE_RESET 0:0:1:3",
                        "ask 0:0:1:3",
                        "recovered 0:0:1:3",
                        "go on"),
                calls);
    }

    @Test
    void unitThatLeavesDuringAReset_climbsNoFurther() {
        leavesAt = Rung.TARGET_RESET;
        climb(new Sick(1, 2, false));
        assertEquals(
                List.of(
                        "abort 0:0:1:2",
                        "stop host",
                        "DEVICE_RESET 0:0:1:2",
                        "TARGET_RESET 0:0:1:2",
                        "given up 0:0:1:2",
                        "go on"),
                calls);
    }

    @Test
    void eachRung_resetsWhatIsSickOnceAndAsksAllThatItReached() {
        working.add(Rung.TARGET_RESET);
        synchronized (handler) {
            // The worker cannot take the first away before the last is there.
            handler.admit(new Sick(1, 0, false));
            handler.admit(new Sick(1, 0, false));
            handler.admit(new Sick(1, 3, false));
            handler.admit(new Sick(2, 0, false));
        }
        assertTrue(handler.awaitIdle(clockwork.nanoTime() + FIVE_SECONDS), "the handler ends");
        assertEquals(
                List.of(
                        "stop host",
                        "DEVICE_RESET 0:0:1:0",
                        "DEVICE_RESET 0:0:1:3",
                        "DEVICE_RESET 0:0:2:0",
                        "TARGET_RESET 0:0:1:0",
                        "TARGET_RESET 0:0:2:0",
                        "ask 0:0:1:0",
                        "ask 0:0:1:3",
                        "ask 0:0:2:0"),
                calls.subList(4, 13));
        assertEquals("go on", calls.get(calls.size() - 1));
        assertEquals(4, calls.stream().filter(c -> c.startsWith("recovered")).count());
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
