package org.unplug.scsi.target;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executor;
import org.unplug.block.BlockStatus;
import org.unplug.scsi.ScsiAddress;
import org.unplug.scsi.SenseKey;

/**
 * A SCSI target device with one port: its logical units, the initiators that are joined to it, and the commands that concern more than
 * one unit, or one that is not there. Any thread may call.
 */
public final class Target {

    /** How a task management function ended (SAM-5, 7). */
    public enum Response {
        /** Done: what it names has ended, or ends without an answer. */
        COMPLETE,
        /** There is no such unit. */
        NO_SUCH_UNIT
    }

    private static final int LUN_BYTES = 8;
    private static final int WELL_KNOWN_ONLY = 1;
    private static final int NO_REPORT_FROM = 0x10;

    private final String name;
    private final Executor background;
    private final ConcurrentSkipListMap<Long, LogicalUnit> units = new ConcurrentSkipListMap<>();
    private final Set<Nexus> nexuses = ConcurrentHashMap.newKeySet();
    /** The units again, by number, so that finding one for a command neither searches nor allocates. */
    private volatile LogicalUnit[] byNumber = {};

    /**
     * A target without units.
     *
     * @param name for people, and for whoever asks for the target's name
     * @param background runs what goes on after its command was answered: sanitizing. Tasks may take long
     */
    public Target(String name, Executor background) {
        this.name = name;
        this.background = background;
    }

    /** As it was given. */
    public String name() {
        return name;
    }

    Executor background() {
        return background;
    }

    // ---- units ----

    /**
     * Puts a unit in and lets the others tell of it.
     *
     * @param lun its number, 0 to {@link ScsiAddress#MAX_LUN}
     * @param backing its blocks; the unit owns it, and {@link LogicalUnit#cutPower} lets it go
     * @return the unit, or null if the number is taken, and the backing is the caller's again
     */
    public LogicalUnit add(long lun, UnitSpec spec, Backing backing) {
        if (lun < 0 || lun > ScsiAddress.MAX_LUN) {
            throw new IllegalArgumentException("unit " + lun + ": must be 0 to " + ScsiAddress.MAX_LUN);
        }
        LogicalUnit unit = new LogicalUnit(this, lun, spec, backing);
        synchronized (this) {
            if (units.putIfAbsent(lun, unit) != null) {
                return null;
            }
            nexuses.forEach(nexus -> unit.join(nexus, false));
            index();
        }
        tellOthers(unit);
        return unit;
    }

    /** Takes a unit out and lets the others tell of it; its power is still to be cut. Null if there is none. */
    public LogicalUnit remove(long lun) {
        LogicalUnit unit;
        synchronized (this) {
            unit = units.remove(lun);
            index();
        }
        if (unit != null) {
            tellOthers(unit);
        }
        return unit;
    }

    private void index() {
        LogicalUnit[] all =
                new LogicalUnit[units.isEmpty() ? 0 : units.lastKey().intValue() + 1];
        units.forEach((lun, unit) -> all[lun.intValue()] = unit);
        byNumber = all;
    }

    private void tellOthers(LogicalUnit changed) {
        units.values().stream()
                .filter(unit -> unit != changed)
                .forEach(unit -> unit.attend(UnitAttention.LUNS_CHANGED));
    }

    /** The unit with this number, or null. */
    public LogicalUnit unit(long lun) {
        LogicalUnit[] all = byNumber;
        return lun >= 0 && lun < all.length ? all[(int) lun] : null;
    }

    /** The units by number, as they are now and later. */
    public Collection<LogicalUnit> units() {
        return units.values();
    }

    /** Whether nobody would answer here. */
    public boolean isEmpty() {
        return units.isEmpty();
    }

    // ---- initiators ----

    /**
     * An initiator comes: each unit tells it of its power on with its first command.
     *
     * @param initiatorPort the initiator port's name; one that is joined under it already is left first
     */
    public Nexus join(String initiatorPort) {
        Nexus nexus = new Nexus(this, initiatorPort);
        List<Nexus> old;
        synchronized (this) {
            old = nexuses.stream()
                    .filter(one -> one.initiatorPort().equals(initiatorPort))
                    .toList();
            old.forEach(this::forget);
            nexuses.add(nexus);
            units.values().forEach(unit -> unit.join(nexus, !old.isEmpty()));
        }
        old.forEach(this::abortTasks);
        return nexus;
    }

    /** An initiator goes, by logging out or by being lost: its tasks end without an answer, its registrations stay. */
    public void leave(Nexus nexus) {
        synchronized (this) {
            forget(nexus);
        }
        abortTasks(nexus);
    }

    private void forget(Nexus nexus) {
        nexuses.remove(nexus);
        units.values().forEach(unit -> unit.leave(nexus));
    }

    private void abortTasks(Nexus nexus) {
        units.values().forEach(unit -> unit.abortTasks(task -> task.nexus() == nexus));
    }

    // ---- commands ----

    /**
     * Executes a command; {@link Task#ended} is called once, perhaps before this returns.
     *
     * @return false if nobody is there who could answer: the target has no unit at all, or the power of this one was cut. Nothing was
     *     done then, and the task is the caller's again
     */
    public boolean execute(Nexus nexus, long lun, Task task, Task.Attribute attribute) {
        return execute(nexus, unit(lun), task, attribute);
    }

    /**
     * As {@link #execute(Nexus, long, Task, Task.Attribute)}, for a transport in which commands wait: it asks for the {@link #unit} when
     * a command comes, and another one in its place never sees the command.
     *
     * @param unit for which it came; null if there was none
     */
    public boolean execute(Nexus nexus, LogicalUnit unit, Task task, Task.Attribute attribute) {
        if (unit != null) {
            return unit.execute(task, nexus, attribute);
        }
        if (isEmpty()) {
            return false;
        }
        task.begin(null, nexus, attribute);
        executeNowhere(task);
        return true;
    }

    /** Answers for a unit that is not there. */
    private BlockStatus executeNowhere(Task task) {
        byte[] cdb = task.cdb();
        return switch (cdb[0] & 0xFF) {
            case 0xA0 -> reportLuns(task);
            case 0x12 -> (cdb[1] & 1) != 0 ? task.invalidCdb(1, 0) : task.data(Inquiry.nobody(), Bytes.get16(cdb, 3));
            case 0x03 -> {
                byte[] data = new byte[Sense.FIXED_BYTES];
                Sense.write(data, false, SenseKey.ILLEGAL_REQUEST.code(), Asc.NO_SUCH_UNIT, -1, 0);
                yield task.data(data, cdb[4] & 0xFF);
            }
            default -> task.illegal(Asc.NO_SUCH_UNIT);
        };
    }

    /** All units; none of them is a well known one. */
    BlockStatus reportLuns(Task task) {
        byte[] cdb = task.cdb();
        int select = cdb[2] & 0xFF;
        if (select >= NO_REPORT_FROM || select > 2) {
            return task.invalidCdb(2, -1);
        }
        Long[] luns = select == WELL_KNOWN_ONLY ? new Long[0] : units.keySet().toArray(new Long[0]);
        byte[] data = new byte[LUN_BYTES + luns.length * LUN_BYTES];
        Bytes.put32(data, 0, luns.length * LUN_BYTES);
        for (int i = 0; i < luns.length; i++) {
            Bytes.put64(data, LUN_BYTES + i * LUN_BYTES, ScsiAddress.encodeLun(luns[i]));
        }
        return task.data(data, Bytes.get32(cdb, 6));
    }

    // ---- task management ----

    /**
     * ABORT TASK: the task ends without an answer, soon if its unit's backing has it.
     *
     * @return true if it was found under way; if not, it has been answered or will be within moments
     */
    public boolean abortTask(Nexus nexus, long lun, Task task) {
        LogicalUnit unit = unit(lun);
        return unit != null && unit.abortTasks(one -> one == task && one.nexus() == nexus);
    }

    /** ABORT TASK SET: this initiator's tasks at a unit end without an answer. */
    public Response abortTaskSet(Nexus nexus, long lun) {
        LogicalUnit unit = unit(lun);
        if (unit == null) {
            return Response.NO_SUCH_UNIT;
        }
        unit.abortTasks(task -> task.nexus() == nexus);
        return Response.COMPLETE;
    }

    /** CLEAR TASK SET: everybody's tasks at a unit end without an answer, and the others are told. */
    public Response clearTaskSet(Nexus nexus, long lun) {
        LogicalUnit unit = unit(lun);
        if (unit == null) {
            return Response.NO_SUCH_UNIT;
        }
        unit.clearTasks(nexus);
        return Response.COMPLETE;
    }

    /** LOGICAL UNIT RESET: also ends simple reservations and preventions of removal; everybody is told. */
    public Response resetUnit(long lun) {
        LogicalUnit unit = unit(lun);
        if (unit == null) {
            return Response.NO_SUCH_UNIT;
        }
        unit.reset();
        return Response.COMPLETE;
    }

    /** TARGET RESET: every unit. */
    public void reset() {
        units.values().forEach(LogicalUnit::reset);
    }
}
