package org.unplug.scsi.internal.eh;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.unplug.ref.Clockwork;
import org.unplug.scsi.ScsiAddress;

/**
 * What one host does with commands whose time was up: a ladder of abort, device, target, bus and host reset, and at its end the
 * unit goes offline. Models the error handler of the Linux SCSI mid layer.
 *
 * <p><b>Theory of operation.</b> Commands are {@linkplain #admit admitted} by the time-out or the removal that claimed them; one
 * worker thread, which exists only while there is something to do, takes all that are there and climbs. Aborts are tried while
 * the host goes on working; only for what they do not free is the host stopped and are resets tried. Every call into
 * the driver is bounded by the {@link Ward}, a driver that got stuck in an abort is not asked to abort again in that round, and
 * a removed host refuses every call at once: so each round is bounded by a handful of handler time-outs, however many
 * commands there are. Each host has its own handler, so none stalls another.
 */
public final class ErrorHandler {

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
            dismiss(patient);
        } else if (start) {
            clockwork.execute(name + " error handler", this::work);
        }
    }

    /** From now on nothing is admitted. */
    public synchronized void close() {
        closed = true;
    }

    /** Waits until the worker has gone; false at the deadline. */
    public synchronized boolean awaitIdle(long deadlineNanos) {
        while (working) {
            long left = deadlineNanos - clockwork.nanoTime();
            if (left <= 0) {
                return false;
            }
            clockwork.await(this, left);
        }
        return true;
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
            climb(round);
        }
    }

    private void climb(List<Patient> round) {
        List<Patient> sick = abort(round);
        if (sick.isEmpty()) {
            return;
        }
        ward.beginRecovery();
        try {
            for (Rung rung : Rung.values()) {
                sick = reset(rung, sick);
            }
            Set<ScsiAddress> told = new HashSet<>();
            for (Patient patient : sick) {
                if (told.add(patient.address())) {
                    ward.offline(patient.address(), "neither abort nor any reset made the driver let its commands go");
                }
                dismiss(patient);
            }
        } finally {
            ward.endRecovery();
        }
    }

    private List<Patient> abort(List<Patient> round) {
        List<Patient> sick = new ArrayList<>();
        boolean stuck = false;
        for (Patient patient : round) {
            Ward.Answer answer = patient.isLetGo() || stuck ? Ward.Answer.FAILED : ward.abort(patient);
            stuck |= answer == Ward.Answer.STUCK;
            if (answer == Ward.Answer.SUCCESS || patient.isLetGo()) {
                patient.recovered();
            } else {
                sick.add(patient);
            }
        }
        return sick;
    }

    /** Resets whatever the first command needs, then asks who is left. */
    private List<Patient> reset(Rung rung, List<Patient> sick) {
        List<Patient> waiting = new ArrayList<>(sick);
        List<Patient> left = new ArrayList<>();
        while (!waiting.isEmpty()) {
            Patient first = waiting.get(0);
            boolean worked = !first.isLetGo() && ward.reset(rung, first.address()) == Ward.Answer.SUCCESS;
            List<Patient> others = new ArrayList<>();
            for (Patient patient : waiting) {
                boolean reached = rung.reaches(first.address(), patient.address());
                if (patient.isLetGo() || worked && reached) {
                    patient.recovered();
                } else if (reached) {
                    left.add(patient);
                } else {
                    others.add(patient);
                }
            }
            waiting = others;
        }
        return left;
    }

    private static void dismiss(Patient patient) {
        if (patient.isLetGo()) {
            patient.recovered();
        } else {
            patient.givenUp();
        }
    }
}
