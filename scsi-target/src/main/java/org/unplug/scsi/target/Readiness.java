package org.unplug.scsi.target;

import java.util.Arrays;
import org.unplug.block.BlockStatus;
import org.unplug.scsi.ScsiStatus;
import org.unplug.scsi.SenseKey;

/** TEST UNIT READY, REQUEST SENSE, START STOP UNIT, PREVENT ALLOW MEDIUM REMOVAL (SPC-4, 6.39, 6.47; SBC-3, 5.16, 5.25). */
final class Readiness {

    private static final int DESCRIPTORS = 1;
    private static final int START = 0x01;
    private static final int LOAD_EJECT = 0x02;
    private static final int NO_FLUSH = 0x04;
    private static final int POWER_CONDITION = 0xF0;
    private static final Task.Step FLUSHED = Readiness::flushed;

    private Readiness() {}

    static BlockStatus test(LogicalUnit unit, Task task) {
        return task.good();
    }

    /** Gives the attention that waits, or what hinders, as data. */
    static BlockStatus requestSense(LogicalUnit unit, Task task) {
        boolean descriptors = (task.cdb()[1] & DESCRIPTORS) != 0;
        byte[] data = new byte[Sense.MAX_BYTES];
        UnitAttention first = unit.takeAttention(task.nexus());
        int length;
        if (first != null) {
            length = Sense.write(data, descriptors, SenseKey.UNIT_ATTENTION.code(), first.asc(), -1, 0);
        } else if (unit.hindrance() != Asc.NONE) {
            length = Sense.write(
                    data,
                    descriptors,
                    SenseKey.NOT_READY.code(),
                    unit.hindrance(),
                    -1,
                    unit.hindrance() == Asc.SANITIZE_IN_PROGRESS
                            ? Sense.progress(unit.sanitize().progress())
                            : 0);
        } else {
            length = Sense.write(data, descriptors, SenseKey.NO_SENSE.code(), Asc.NONE, -1, 0);
        }
        return task.data(Arrays.copyOf(data, length), task.cdb()[4] & 0xFF);
    }

    static BlockStatus startStop(LogicalUnit unit, Task task) {
        int what = task.cdb()[4];
        if (unit.reservations().hinders(task.nexus(), isStart(what) ? Operation.Access.ANY : Operation.Access.WRITE)) {
            return task.end(ScsiStatus.RESERVATION_CONFLICT);
        }
        if ((what & POWER_CONDITION) != 0) {
            return task.good();
        }
        boolean start = (what & START) != 0;
        // A door that is locked lets nothing in, either.
        boolean movesMedium = (what & LOAD_EJECT) != 0 && start != unit.isLoaded();
        if (movesMedium && unit.isRemovalPrevented()) {
            return task.illegal(Asc.REMOVAL_PREVENTED);
        }
        if (start || (what & NO_FLUSH) != 0 || unit.hindrance() != Asc.NONE) {
            return flushed(task, BlockStatus.OK);
        }
        task.then(FLUSHED);
        return unit.backing().sync(task.io().range(0, 0));
    }

    private static boolean isStart(int what) {
        return (what & START) != 0 && (what & POWER_CONDITION) == 0;
    }

    private static BlockStatus flushed(Task task, BlockStatus last) {
        if (!last.ok()) {
            return task.failed(last, true, -1);
        }
        int what = task.cdb()[4];
        task.unit().start((what & START) != 0, (what & LOAD_EJECT) != 0, task.nexus());
        return task.good();
    }

    static BlockStatus preventAllow(LogicalUnit unit, Task task) {
        boolean prevent = (task.cdb()[4] & 1) != 0;
        if (unit.reservations().hinders(task.nexus(), prevent ? Operation.Access.WRITE : Operation.Access.ANY)) {
            return task.end(ScsiStatus.RESERVATION_CONFLICT);
        }
        unit.prevent(task.nexus(), prevent);
        return task.good();
    }
}
