package org.unplug.scsi.internal.eh;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.unplug.ref.Clockwork;
import org.unplug.scsi.ScsiAddress;

/**
 * What one host does with commands whose time was up: a ladder of abort, device, target, bus and host reset, and at its end the
 * unit goes offline. Models the error handler of the Linux SCSI mid layer.
 *
 * <p><b>Theory of operation.</b> Commands are {@linkplain #admit admitted} by the time-out or the removal that claimed them; one
 * worker thread, which exists only while there is something to do, takes all that are there and climbs. Aborts are tried while
 * the host goes on working; only for what they do not free is the host stopped, and each {@link Rung} resets what the sick units
 * need. A reset that worked has the driver let the commands go, but the unit is well only when it answers TEST UNIT READY; one
 * that stays silent climbs on, with its commands. For a unit that is known to be gone nothing is reset: its commands are given up
 * after the abort, or after the rung on which it left, and whoever is there instead does not wait for them.
 *
 * <p>Every step is bounded by the {@link Ward}, and there are nine - the aborts, and on four rungs the resets and the questions - so a
 * round takes nine handler time-outs at most, however many commands and units it is about. A step that a removed host refuses takes
 * no time at all. Each host has its own handler, so none stalls another.
 */
public final class ErrorHandler {

    private static final String NOTHING_HELPED = "neither abort nor any reset made it answer";

    private final String name;
    private final Clockwork clockwork;
    private final Ward ward;
    private final List<Patient> admitted = new ArrayList<>();
    private boolean working;
    private boolean closed;

    public ErrorHandler(String name, Clockwork clockwork, Ward ward) {
        this.name = name;
        this.clockwork = clockwork;
        this.ward = ward;
    }

    /** Takes a command in hand. Never blocks. After {@link #close} it is given up at once, on the calling thread. */
    public void admit(Patient patient) {
        boolean refused;
        boolean start = false;
        synchronized (this) {
            refused = closed;
            if (!refused) {
                admitted.add(patient);
                start = !working;
                working = true;
            }
        }
        if (refused) {
            patient.givenUp();
        } else if (start) {
            clockwork.execute(name + " error handler", this::work);
        }
    }

    /** From now on nothing is admitted, and no further rung is climbed. */
    public synchronized void close() {
        closed = true;
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    /** Waits until the worker has gone; false at the deadline. */
    public synchronized boolean awaitIdle(long deadlineNanos) {
        return clockwork.awaitUntil(this, deadlineNanos, () -> !working);
    }

    private void work() {
        while (true) {
            List<Patient> round;
            synchronized (this) {
                if (admitted.isEmpty()) {
                    working = false;
                    notifyAll();
                    return;
                }
                round = new ArrayList<>(admitted);
                admitted.clear();
            }
            ward.abort(round);
            Map<ScsiAddress, List<Patient>> sick = discharge(round);
            if (!sick.isEmpty()) {
                climb(sick);
            }
        }
    }

    /** Those that were let go are done, and those whose unit is gone; the others, by unit. */
    private static Map<ScsiAddress, List<Patient>> discharge(List<Patient> round) {
        Map<ScsiAddress, List<Patient>> sick = new TreeMap<>();
        for (Patient patient : round) {
            if (patient.isLetGo()) {
                patient.recovered();
            } else if (patient.isUnitGone()) {
                patient.givenUp();
            } else {
                sick.computeIfAbsent(patient.address(), unit -> new ArrayList<>())
                        .add(patient);
            }
        }
        return sick;
    }

    private void climb(Map<ScsiAddress, List<Patient>> sick) {
        ward.beginRecovery();
        try {
            for (Rung rung : Rung.values()) {
                if (!sick.isEmpty() && !isClosed()) {
                    reset(rung, sick);
                    giveUpTheGone(sick);
                }
            }
            sick.values().forEach(patients -> patients.forEach(patient -> ward.offline(patient, NOTHING_HELPED)));
        } finally {
            ward.endRecovery();
            sick.values().forEach(patients -> patients.forEach(Patient::givenUp));
        }
    }

    /** An address may be that of a unit which is gone and of the next one. */
    private static void giveUpTheGone(Map<ScsiAddress, List<Patient>> sick) {
        for (List<Patient> patients : List.copyOf(sick.values())) {
            List<Patient> gone = patients.stream().filter(Patient::isUnitGone).toList();
            patients.removeAll(gone);
            gone.forEach(Patient::givenUp);
        }
        sick.values().removeIf(List::isEmpty);
    }

    /** Takes the units out that are well after this rung. */
    private void reset(Rung rung, Map<ScsiAddress, List<Patient>> sick) {
        List<ScsiAddress> where = new ArrayList<>();
        for (ScsiAddress unit : sick.keySet()) {
            if (where.stream().noneMatch(chosen -> rung.reaches(chosen, unit))) {
                where.add(unit);
            }
        }
        Set<ScsiAddress> worked = ward.reset(rung, where);
        Set<ScsiAddress> reached = new TreeSet<>();
        for (ScsiAddress unit : sick.keySet()) {
            if (worked.stream().anyMatch(done -> rung.reaches(done, unit))) {
                sick.get(unit).forEach(Patient::letGo);
                reached.add(unit);
            }
        }
        if (reached.isEmpty()) {
            return;
        }
        for (ScsiAddress unit : ward.answering(reached)) {
            sick.remove(unit).forEach(Patient::recovered);
        }
    }
}
