package org.unplug.scsi.target;

import org.unplug.block.BlockStatus;
import org.unplug.scsi.ScsiStatus;
import org.unplug.scsi.SenseKey;

/** READ and WRITE in all their lengths, PRE-FETCH, SYNCHRONIZE CACHE (SBC-3, 5.9 to 5.26, 5.33 to 5.37). */
final class Moves {

    /** The data was not what the transport had announced. */
    private static final int INVALID_INFORMATION_UNIT = 0x0E03;

    private static final Task.Step READ_ENDED = Moves::readEnded;
    private static final Task.Step SHORT_READ_ENDED = Moves::shortReadEnded;
    private static final Task.Step WRITE_STARTS = Moves::writeStarts;
    private static final Task.Step WRITE_ENDED = Moves::writeEnded;
    private static final Task.Step SYNC_ENDED = Moves::syncEnded;

    private Moves() {}

    static BlockStatus read(LogicalUnit unit, Task task) {
        byte[] cdb = task.cdb();
        long lba = Extent.lba(cdb);
        long count = Extent.count(cdb);
        if (!unit.holds(lba, count)) {
            return outOfRange(unit, task, lba);
        }
        if (count > unit.mostBlocks()) {
            return task.invalidCdb(Extent.countAt(cdb), -1);
        }
        long bytes = count << unit.blockShift();
        long offset = lba << unit.blockShift();
        task.wants(bytes);
        int room = task.transferBytes();
        if (room == bytes && bytes > 0) {
            task.then(READ_ENDED);
            return unit.backing().read(task.io().ofTask(offset, bytes));
        }
        return readOdd(unit, task, offset, bytes, room);
    }

    /** The initiator has more or less room than the blocks need. */
    private static BlockStatus readOdd(LogicalUnit unit, Task task, long offset, long bytes, int room) {
        if (bytes == 0 || room == 0) {
            return task.good(0);
        }
        if (room > bytes) {
            task.then(READ_ENDED);
            return unit.backing().read(task.ioOfPart(offset, 0, bytes));
        }
        task.work = new byte[(int) bytes];
        task.then(SHORT_READ_ENDED);
        return unit.backing().read(task.ioOfWork(offset, task.work.length));
    }

    private static BlockStatus readEnded(Task task, BlockStatus last) {
        Io io = task.io();
        return last.ok() ? task.good(io.bytes()) : task.failed(last, false, lbaOf(task));
    }

    private static BlockStatus shortReadEnded(Task task, BlockStatus last) {
        return last.ok()
                ? task.good(task.put(task.work, 0, task.transferBytes()))
                : task.failed(last, false, lbaOf(task));
    }

    /** The block that an I/O began at. */
    static long lbaOf(Task task) {
        return task.io().offsetBytes() >>> task.unit().blockShift();
    }

    static BlockStatus outOfRange(LogicalUnit unit, Task task, long lba) {
        boolean inside = lba >= 0 && lba < unit.blocks();
        return task.check(SenseKey.ILLEGAL_REQUEST, Asc.LBA_OUT_OF_RANGE, inside ? unit.blocks() : lba, 0);
    }

    static BlockStatus write(LogicalUnit unit, Task task) {
        byte[] cdb = task.cdb();
        long lba = Extent.lba(cdb);
        long count = Extent.count(cdb);
        if (!unit.holds(lba, count)) {
            return outOfRange(unit, task, lba);
        }
        if (count > unit.mostBlocks()) {
            return task.invalidCdb(Extent.countAt(cdb), -1);
        }
        long bytes = count << unit.blockShift();
        task.wants(bytes);
        long blocks = blocksSent(unit, task, count);
        if (blocks == 0) {
            return task.good(0);
        }
        task.then(WRITE_STARTS);
        return unit.ranges().claim(task, lba, lba + blocks, false) ? BlockStatus.OK : null;
    }

    /**
     * How many of the blocks that a write names there is data for: where the initiator sends less than the command wants, the whole
     * blocks of it are written, and the residual tells (FCP-4, 9.4.2; RFC 7143, 11.4.5.2).
     */
    static long blocksSent(LogicalUnit unit, Task task, long count) {
        return Math.min(count, task.transferBytes() >>> unit.blockShift());
    }

    /** Notes how much data the command wants, and tells whether the initiator sends as much. */
    static boolean hasData(Task task, long bytes) {
        task.wants(bytes);
        return task.transferBytes() >= bytes;
    }

    /** A command whose data has to be just so, and is not, does nothing. */
    static BlockStatus wrongData(Task task) {
        return task.check(SenseKey.ILLEGAL_REQUEST, INVALID_INFORMATION_UNIT);
    }

    private static BlockStatus writeStarts(Task task, BlockStatus claimed) {
        LogicalUnit unit = task.unit();
        byte[] cdb = task.cdb();
        long offset = Extent.lba(cdb) << unit.blockShift();
        long bytes = blocksSent(unit, task, Extent.count(cdb)) << unit.blockShift();
        Io io = task.transferBytes() == bytes ? task.io().ofTask(offset, bytes) : task.ioOfPart(offset, 0, bytes);
        task.then(WRITE_ENDED);
        return unit.backing().write(io, unit.writesThrough() || (Extent.flags(cdb) & Extent.FUA) != 0);
    }

    private static BlockStatus writeEnded(Task task, BlockStatus last) {
        return last.ok() ? task.good(task.io().bytes()) : task.failed(last, true, lbaOf(task));
    }

    /** There is no cache to fill: what fits is there already, in a sense. */
    static BlockStatus prefetch(LogicalUnit unit, Task task) {
        long lba = Extent.lba(task.cdb());
        return unit.holds(lba, Extent.count(task.cdb()))
                ? task.end(ScsiStatus.CONDITION_MET)
                : outOfRange(unit, task, lba);
    }

    /** All blocks, whatever the command names: more than wanted is allowed. */
    static BlockStatus synchronizeCache(LogicalUnit unit, Task task) {
        byte[] cdb = task.cdb();
        long lba = Extent.lba(cdb);
        if (!unit.holds(lba, Extent.count(cdb))) {
            return outOfRange(unit, task, lba);
        }
        task.then(SYNC_ENDED);
        return unit.backing().sync(task.io().range(0, 0));
    }

    private static BlockStatus syncEnded(Task task, BlockStatus last) {
        return last.ok() ? task.good() : task.failed(last, true, -1);
    }
}
