package org.unplug.scsi.target;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.unplug.scsi.ScsiStatus;

/**
 * Who may use a unit: persistent reservations (SPC-4, 5.13) and those of RESERVE(6) (SPC-2, 5.5). Registrations belong to the name of
 * an initiator's port, so that they outlive its nexus; nothing outlives the unit. Whom to tell is decided under the lock and told by
 * the caller after it.
 */
final class Reservations {

    /** What a persistent reservation hinders, and whom. */
    enum Type {
        WRITE_EXCLUSIVE(1, false, false, false),
        EXCLUSIVE_ACCESS(3, true, false, false),
        WRITE_EXCLUSIVE_REGISTRANTS_ONLY(5, false, true, false),
        EXCLUSIVE_ACCESS_REGISTRANTS_ONLY(6, true, true, false),
        WRITE_EXCLUSIVE_ALL_REGISTRANTS(7, false, true, true),
        EXCLUSIVE_ACCESS_ALL_REGISTRANTS(8, true, true, true);

        final int code;
        private final boolean exclusive;
        private final boolean registrants;
        /** Every registrant holds it. */
        final boolean all;

        Type(int code, boolean exclusive, boolean registrants, boolean all) {
            this.code = code;
            this.exclusive = exclusive;
            this.registrants = registrants;
            this.all = all;
        }

        /** The type with this code, or null. */
        static Type of(int code) {
            for (Type type : values()) {
                if (type.code == code) {
                    return type;
                }
            }
            return null;
        }
    }

    /** Somebody to be told of what a command did. */
    record Told(String port, UnitAttention what) {}

    /**
     * What came of a command.
     *
     * @param status GOOD, or RESERVATION CONFLICT, or CHECK CONDITION for a release of the wrong type
     * @param told whom to tell what
     * @param preempted whose registration went, so that its tasks can be aborted
     */
    record Outcome(ScsiStatus status, List<Told> told, List<String> preempted) {
        static final Outcome GOOD = new Outcome(ScsiStatus.GOOD, List.of(), List.of());
        static final Outcome CONFLICT = new Outcome(ScsiStatus.RESERVATION_CONFLICT, List.of(), List.of());
        static final Outcome WRONG_TYPE = new Outcome(ScsiStatus.CHECK_CONDITION, List.of(), List.of());
    }

    /** What a registrant is, for READ FULL STATUS. */
    record Registrant(String port, long key, boolean holder) {}

    // Guarded by this, but for the glimpse.
    private final Map<String, Long> keys = new LinkedHashMap<>();
    private int generation;
    private Type type;
    private String holder;
    private Nexus simple;
    private volatile boolean active;

    /** Whether there is any reservation: if not, nobody is hindered. */
    boolean isActive() {
        return active;
    }

    private void glimpse() {
        active = type != null || simple != null;
    }

    /** Whether a command of this kind has to be refused. */
    synchronized boolean hinders(Nexus nexus, Operation.Access access) {
        if (access == Operation.Access.ANY) {
            return false;
        }
        if (isSimpleOfOther(nexus)) {
            return true;
        }
        if (type == null || isHolder(nexus.initiatorPort())) {
            return false;
        }
        if (type.registrants && keys.containsKey(nexus.initiatorPort())) {
            return false;
        }
        return access == Operation.Access.WRITE || type.exclusive;
    }

    /** Whether another nexus has it by RESERVE(6), which hinders nearly everything. */
    synchronized boolean isSimpleOfOther(Nexus nexus) {
        return simple != null && simple != nexus;
    }

    private boolean isHolder(String port) {
        return type != null && (type.all ? keys.containsKey(port) : port.equals(holder));
    }

    // ---- RESERVE(6), RELEASE(6) ----

    synchronized ScsiStatus reserveSimple(Nexus nexus) {
        if (!keys.isEmpty() || isSimpleOfOther(nexus)) {
            return ScsiStatus.RESERVATION_CONFLICT;
        }
        simple = nexus;
        glimpse();
        return ScsiStatus.GOOD;
    }

    synchronized ScsiStatus releaseSimple(Nexus nexus) {
        if (!keys.isEmpty()) {
            return ScsiStatus.RESERVATION_CONFLICT;
        }
        if (simple == nexus) {
            simple = null;
            glimpse();
        }
        return ScsiStatus.GOOD;
    }

    /** A reset, or the loss of this nexus; null for everybody's. */
    synchronized void dropSimple(Nexus nexus) {
        if (nexus == null || simple == nexus) {
            simple = null;
            glimpse();
        }
    }

    // ---- PERSISTENT RESERVE IN ----

    synchronized int generation() {
        return generation;
    }

    synchronized List<Registrant> registrants() {
        List<Registrant> all = new ArrayList<>();
        keys.forEach((port, key) -> all.add(new Registrant(port, key, isHolder(port))));
        return all;
    }

    synchronized Type type() {
        return type;
    }

    /** The key that READ RESERVATION tells: none where all registrants hold it. */
    synchronized long holderKey() {
        return type == null || type.all ? 0 : keys.get(holder);
    }

    // ---- PERSISTENT RESERVE OUT ----

    synchronized Outcome register(Nexus nexus, long key, long newKey, boolean ignore) {
        String port = nexus.initiatorPort();
        Long had = keys.get(port);
        if (!ignore && (had == null ? 0 : had) != key) {
            return Outcome.CONFLICT;
        }
        if (newKey != 0) {
            keys.put(port, newKey);
            generation++;
            return Outcome.GOOD;
        }
        if (had == null) {
            return Outcome.GOOD;
        }
        boolean held = isHolder(port);
        keys.remove(port);
        generation++;
        List<Told> told = List.of();
        if (held && (!type.all || keys.isEmpty())) {
            told = dropReservation(port);
        }
        return new Outcome(ScsiStatus.GOOD, told, List.of());
    }

    /** Ends the reservation; who has to be told of it: the other registrants, where it was theirs too. */
    private List<Told> dropReservation(String by) {
        List<Told> told = type.registrants ? others(by, UnitAttention.RESERVATIONS_RELEASED) : List.of();
        type = null;
        holder = null;
        glimpse();
        return told;
    }

    private List<Told> others(String but, UnitAttention what) {
        return keys.keySet().stream()
                .filter(port -> !port.equals(but))
                .map(port -> new Told(port, what))
                .toList();
    }

    private boolean isRegistered(Nexus nexus, long key) {
        Long had = keys.get(nexus.initiatorPort());
        return had != null && had == key;
    }

    synchronized Outcome reserve(Nexus nexus, long key, Type wanted) {
        if (!isRegistered(nexus, key)) {
            return Outcome.CONFLICT;
        }
        if (type != null) {
            return isHolder(nexus.initiatorPort()) && type == wanted ? Outcome.GOOD : Outcome.CONFLICT;
        }
        hold(nexus.initiatorPort(), wanted);
        return Outcome.GOOD;
    }

    private void hold(String port, Type wanted) {
        type = wanted;
        holder = wanted.all ? null : port;
        glimpse();
    }

    synchronized Outcome release(Nexus nexus, long key, Type given) {
        if (!isRegistered(nexus, key)) {
            return Outcome.CONFLICT;
        }
        if (!isHolder(nexus.initiatorPort())) {
            return Outcome.GOOD;
        }
        return type == given
                ? new Outcome(ScsiStatus.GOOD, dropReservation(nexus.initiatorPort()), List.of())
                : Outcome.WRONG_TYPE;
    }

    synchronized Outcome clear(Nexus nexus, long key) {
        if (!isRegistered(nexus, key)) {
            return Outcome.CONFLICT;
        }
        List<Told> told = others(nexus.initiatorPort(), UnitAttention.RESERVATIONS_PREEMPTED);
        keys.clear();
        type = null;
        holder = null;
        generation++;
        glimpse();
        return new Outcome(ScsiStatus.GOOD, told, List.of());
    }

    /**
     * Takes registrations away, and the reservation if it is theirs (SPC-4, 5.13.11.2.4).
     *
     * @param victim the key of whom to preempt; 0 stands for all others where all registrants hold the reservation
     * @return null if the victim's key is 0 and must not be
     */
    synchronized Outcome preempt(Nexus nexus, long key, long victim, Type wanted) {
        if (!isRegistered(nexus, key)) {
            return Outcome.CONFLICT;
        }
        String port = nexus.initiatorPort();
        boolean everybody = type != null && type.all && victim == 0;
        if (victim == 0 && !everybody) {
            return null;
        }
        boolean takesReservation = everybody || type != null && !type.all && holderKey() == victim;
        List<String> victims = keys.entrySet().stream()
                .filter(one -> everybody || one.getValue() == victim)
                .map(Map.Entry::getKey)
                .toList();
        if (victims.isEmpty()) {
            return Outcome.CONFLICT;
        }
        List<String> gone = victims.stream().filter(one -> !one.equals(port)).toList();
        List<Told> told = new ArrayList<>();
        gone.forEach(one -> {
            keys.remove(one);
            told.add(new Told(one, UnitAttention.REGISTRATIONS_PREEMPTED));
        });
        if (takesReservation) {
            if (type != wanted && type.registrants) {
                told.addAll(others(port, UnitAttention.RESERVATIONS_RELEASED));
            }
            hold(port, wanted);
        }
        generation++;
        return new Outcome(ScsiStatus.GOOD, told, gone);
    }
}
