package org.unplug.scsi.target;

import java.util.Arrays;
import java.util.List;
import org.unplug.block.BlockStatus;

/** REPORT SUPPORTED OPERATION CODES and TASK MANAGEMENT FUNCTIONS, out of the table of commands (SPC-4, 6.35, 6.36). */
final class OpcodeReport {

    private static final int WITH_TIMEOUTS = 0x80;
    private static final int ALL = 0;
    private static final int BY_CODE = 1;
    private static final int BY_ACTION = 2;
    private static final int BY_EITHER = 3;
    private static final int HAS_ACTION = 0x01;
    private static final int TIMEOUTS_FOLLOW = 0x02;
    private static final int TIMEOUTS_FOLLOW_ONE = 0x80;
    private static final int NOT_SUPPORTED = 1;
    private static final int SUPPORTED = 3;
    private static final int TIMEOUT_BYTES = 12;

    /** ABORT TASK, ABORT TASK SET, CLEAR TASK SET, LOGICAL UNIT RESET, TARGET RESET; I_T NEXUS RESET. */
    private static final int FUNCTIONS = 0x80 | 0x40 | 0x10 | 0x08 | 0x02;

    private static final int NEXUS_RESET = 0x01;

    private OpcodeReport() {}

    private static boolean has(LogicalUnit unit, Operation operation) {
        return operation != null && (!operation.thin || unit.spec().thin());
    }

    static BlockStatus operations(LogicalUnit unit, Task task) {
        byte[] cdb = task.cdb();
        boolean timeouts = (cdb[2] & WITH_TIMEOUTS) != 0;
        int opcode = cdb[3] & 0xFF;
        int action = Bytes.get16(cdb, 4);
        boolean actions = Operations.hasActions(opcode);
        Operation one = actions ? Operations.byAction(opcode, action) : Operations.byCode(opcode);
        byte[] data;
        switch (cdb[2] & 7) {
            case ALL -> data = all(unit, timeouts);
            case BY_CODE -> {
                if (actions) {
                    return task.invalidCdb(2, 2);
                }
                data = one(unit, one, timeouts);
            }
            case BY_ACTION -> {
                if (!actions) {
                    return task.invalidCdb(2, 2);
                }
                data = one(unit, one, timeouts);
            }
            case BY_EITHER -> data = one(unit, actions || action == 0 ? one : null, timeouts);
            default -> {
                return task.invalidCdb(2, 2);
            }
        }
        return task.data(data, Bytes.get32(cdb, 6));
    }

    private static byte[] all(LogicalUnit unit, boolean timeouts) {
        List<Operation> had =
                Operations.ALL.stream().filter(one -> has(unit, one)).toList();
        int each = 8 + (timeouts ? TIMEOUT_BYTES : 0);
        byte[] data = new byte[4 + had.size() * each];
        Bytes.put32(data, 0, data.length - 4);
        for (int i = 0; i < had.size(); i++) {
            Operation one = had.get(i);
            int at = 4 + i * each;
            data[at] = (byte) one.opcode;
            Bytes.put16(data, at + 2, Math.max(0, one.action));
            data[at + 5] = (byte) ((one.action >= 0 ? HAS_ACTION : 0) | (timeouts ? TIMEOUTS_FOLLOW : 0));
            Bytes.put16(data, at + 6, one.usage.length);
            if (timeouts) {
                putTimeouts(data, at + 8, one);
            }
        }
        return data;
    }

    private static byte[] one(LogicalUnit unit, Operation one, boolean timeouts) {
        if (!has(unit, one)) {
            return new byte[] {0, NOT_SUPPORTED, 0, 0};
        }
        byte[] data = new byte[4 + one.usage.length + (timeouts ? TIMEOUT_BYTES : 0)];
        data[1] = (byte) (SUPPORTED | (timeouts ? TIMEOUTS_FOLLOW_ONE : 0));
        Bytes.put16(data, 2, one.usage.length);
        System.arraycopy(one.usage, 0, data, 4, one.usage.length);
        if (timeouts) {
            putTimeouts(data, 4 + one.usage.length, one);
        }
        return data;
    }

    private static void putTimeouts(byte[] data, int at, Operation one) {
        Bytes.put16(data, at, TIMEOUT_BYTES - 2);
        Bytes.put32(data, at + 8, one.timeoutSeconds);
    }

    static BlockStatus functions(LogicalUnit unit, Task task) {
        boolean extended = (task.cdb()[2] & 0x80) != 0;
        byte[] data = {(byte) FUNCTIONS, NEXUS_RESET, 0, (byte) (extended ? 12 : 0)};
        return task.data(Arrays.copyOf(data, extended ? 16 : 4), Bytes.get32(task.cdb(), 6));
    }
}
