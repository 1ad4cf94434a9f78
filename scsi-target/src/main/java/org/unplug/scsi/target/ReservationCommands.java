package org.unplug.scsi.target;

import java.util.Arrays;
import java.util.List;
import org.unplug.block.BlockStatus;
import org.unplug.scsi.ScsiStatus;

/** PERSISTENT RESERVE IN and OUT, RESERVE(6) and RELEASE(6) (SPC-4, 6.15, 6.16; SPC-2, 7.17, 7.21). */
final class ReservationCommands {

    private static final int LIST_BYTES = 24;
    private static final int FLAGS_AT = 20;
    private static final int SPECIFIES_PORTS = 0x08;
    private static final int ALL_TARGET_PORTS = 0x04;
    private static final int THROUGH_POWER_LOSS = 0x01;
    private static final int HEADER_BYTES = 8;
    private static final int RELATIVE_PORT = 1;
    private static final int TYPE_MASK_VALID = 0x80;
    /** Every type is had: bit 7 to 5, 3 and 1 of one byte, bit 0 of the next (SPC-4, table 232). */
    private static final int TYPE_MASK = 0xEA01;

    private static final int IGNORE_EXISTING = 0x06;
    private static final int PREEMPT_AND_ABORT = 0x05;

    private ReservationCommands() {}

    static BlockStatus reserve6(LogicalUnit unit, Task task) {
        ScsiStatus status = unit.reservations().reserveSimple(task.nexus());
        unit.look();
        return task.end(status);
    }

    static BlockStatus release6(LogicalUnit unit, Task task) {
        ScsiStatus status = unit.reservations().releaseSimple(task.nexus());
        unit.look();
        return task.end(status);
    }

    static BlockStatus readKeys(LogicalUnit unit, Task task) {
        List<Reservations.Registrant> all = unit.reservations().registrants();
        byte[] data = new byte[HEADER_BYTES + all.size() * Long.BYTES];
        for (int i = 0; i < all.size(); i++) {
            Bytes.put64(data, HEADER_BYTES + i * Long.BYTES, all.get(i).key());
        }
        return answer(unit, task, data);
    }

    private static BlockStatus answer(LogicalUnit unit, Task task, byte[] data) {
        Bytes.put32(data, 0, unit.reservations().generation());
        Bytes.put32(data, 4, data.length - HEADER_BYTES);
        return task.data(data, Bytes.get16(task.cdb(), 7));
    }

    static BlockStatus readReservation(LogicalUnit unit, Task task) {
        Reservations.Type type = unit.reservations().type();
        byte[] data = new byte[type == null ? HEADER_BYTES : HEADER_BYTES + 16];
        if (type != null) {
            Bytes.put64(data, HEADER_BYTES, unit.reservations().holderKey());
            data[HEADER_BYTES + 13] = (byte) type.code;
        }
        return answer(unit, task, data);
    }

    /** Nothing persists through a power loss, and there is one port: neither is claimed. */
    static BlockStatus reportCapabilities(LogicalUnit unit, Task task) {
        byte[] data = new byte[8];
        Bytes.put16(data, 0, data.length);
        data[3] = (byte) TYPE_MASK_VALID;
        Bytes.put16(data, 4, TYPE_MASK);
        return task.data(data, Bytes.get16(task.cdb(), 7));
    }

    static BlockStatus readFullStatus(LogicalUnit unit, Task task) {
        Reservations.Type type = unit.reservations().type();
        byte[] data = new byte[HEADER_BYTES];
        for (Reservations.Registrant one : unit.reservations().registrants()) {
            byte[] id = Nexus.transportId(one.port());
            int at = data.length;
            data = Arrays.copyOf(data, at + 24 + id.length);
            Bytes.put64(data, at, one.key());
            if (one.holder() && type != null) {
                data[at + 12] = 1;
                data[at + 13] = (byte) type.code;
            }
            Bytes.put16(data, at + 18, RELATIVE_PORT);
            Bytes.put32(data, at + 20, id.length);
            System.arraycopy(id, 0, data, at + 24, id.length);
        }
        return answer(unit, task, data);
    }

    /** The parameter list; null if the task ended because of it. */
    private static byte[] list(LogicalUnit unit, Task task) {
        if (unit.reservations().isSimpleOfOther(task.nexus())) {
            task.end(ScsiStatus.RESERVATION_CONFLICT);
            return null;
        }
        if (Bytes.get32(task.cdb(), 5) != LIST_BYTES) {
            task.illegal(Asc.PARAMETER_LIST_LENGTH);
            return null;
        }
        byte[] list = task.parameters(LIST_BYTES);
        if (list == null) {
            return null;
        }
        for (int flag : new int[] {SPECIFIES_PORTS, ALL_TARGET_PORTS, THROUGH_POWER_LOSS}) {
            if ((list[FLAGS_AT] & flag) != 0) {
                task.invalidParameter(FLAGS_AT, Integer.numberOfTrailingZeros(flag));
                return null;
            }
        }
        return list;
    }

    private static long key(byte[] list) {
        return Bytes.get64(list, 0);
    }

    private static long actionKey(byte[] list) {
        return Bytes.get64(list, 8);
    }

    /** The type that the command names, for the whole unit; null if the task ended because of it. */
    private static Reservations.Type type(Task task) {
        int scopeAndType = task.cdb()[2] & 0xFF;
        Reservations.Type type = Reservations.Type.of(scopeAndType & 0xF);
        if (scopeAndType >> 4 != 0) {
            task.invalidCdb(2, 7);
            return null;
        }
        if (type == null) {
            task.invalidCdb(2, 3);
        }
        return type;
    }

    private static BlockStatus end(LogicalUnit unit, Task task, Reservations.Outcome outcome) {
        unit.look();
        outcome.told().forEach(one -> unit.attendPort(one.port(), one.what()));
        if (outcome.status() == ScsiStatus.CHECK_CONDITION) {
            return task.illegal(Asc.INVALID_RELEASE);
        }
        return outcome.status() == ScsiStatus.GOOD ? task.goodAll() : task.end(outcome.status());
    }

    static BlockStatus register(LogicalUnit unit, Task task) {
        byte[] list = list(unit, task);
        if (list == null) {
            return null;
        }
        boolean ignore = Operations.actionOf(task.cdb()) == IGNORE_EXISTING;
        return end(unit, task, unit.reservations().register(task.nexus(), key(list), actionKey(list), ignore));
    }

    static BlockStatus reserve(LogicalUnit unit, Task task) {
        byte[] list = list(unit, task);
        Reservations.Type type = list == null ? null : type(task);
        return type == null ? null : end(unit, task, unit.reservations().reserve(task.nexus(), key(list), type));
    }

    static BlockStatus release(LogicalUnit unit, Task task) {
        byte[] list = list(unit, task);
        Reservations.Type type = list == null ? null : type(task);
        return type == null ? null : end(unit, task, unit.reservations().release(task.nexus(), key(list), type));
    }

    static BlockStatus clear(LogicalUnit unit, Task task) {
        byte[] list = list(unit, task);
        return list == null ? null : end(unit, task, unit.reservations().clear(task.nexus(), key(list)));
    }

    static BlockStatus preempt(LogicalUnit unit, Task task) {
        byte[] list = list(unit, task);
        Reservations.Type type = list == null ? null : type(task);
        if (type == null) {
            return null;
        }
        Reservations.Outcome outcome = unit.reservations().preempt(task.nexus(), key(list), actionKey(list), type);
        if (outcome == null) {
            return task.invalidParameter(8, -1);
        }
        if (Operations.actionOf(task.cdb()) == PREEMPT_AND_ABORT) {
            outcome.preempted().forEach(port -> unit.abortTasksOf(port, task));
        }
        return end(unit, task, outcome);
    }
}
