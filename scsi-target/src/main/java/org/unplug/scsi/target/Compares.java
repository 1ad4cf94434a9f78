package org.unplug.scsi.target;

import java.util.Arrays;
import org.unplug.block.BlockStatus;
import org.unplug.scsi.SenseKey;

/**
 * Commands that read what is there and compare or combine it with what came: VERIFY, WRITE AND VERIFY, COMPARE AND WRITE, ORWRITE
 * (SBC-3, 5.3, 5.8, 5.31, 5.39). They go over the blocks in chunks.
 */
final class Compares {

    /** A multiple of every block size. */
    private static final int CHUNK_BYTES = 1 << 16;

    private static final int BYTE_CHECK_SHIFT = 1;
    private static final int NO_DATA = 0;
    private static final int ALL_DATA = 1;
    private static final int ONE_BLOCK = 3;

    private static final Task.Step VERIFY_READS = Compares::verifyReads;
    private static final Task.Step VERIFY_COMPARES = Compares::verifyCompares;
    private static final Task.Step WRITE_STARTS = Compares::writeStarts;
    private static final Task.Step WRITE_ENDED = Compares::writeEnded;
    private static final Task.Step READ_ALL = Compares::readAll;
    private static final Task.Step COMPARE_THEN_WRITE = Compares::compareThenWrite;
    private static final Task.Step OR_THEN_WRITE = Compares::orThenWrite;
    private static final Task.Step LAST_WRITE_ENDED = Compares::lastWriteEnded;

    private Compares() {}

    private static int byteCheck(byte[] cdb) {
        return Extent.flags(cdb) >> BYTE_CHECK_SHIFT & 3;
    }

    static BlockStatus verify(LogicalUnit unit, Task task) {
        byte[] cdb = task.cdb();
        int check = byteCheck(cdb);
        if (check == 2) {
            return task.invalidCdb(Extent.flagsAt(cdb), 2);
        }
        long lba = Extent.lba(cdb);
        long count = Extent.count(cdb);
        if (!unit.holds(lba, count)) {
            return Moves.outOfRange(unit, task, lba);
        }
        if (check == ALL_DATA && count > unit.mostBlocks()) {
            return task.invalidCdb(Extent.countAt(cdb), -1);
        }
        long data = check == ALL_DATA ? count : check == ONE_BLOCK ? Math.min(count, 1) : 0;
        if (!Moves.hasData(task, data << unit.blockShift())) {
            return Moves.wrongData(task);
        }
        return startVerify(task, count << unit.blockShift());
    }

    private static BlockStatus startVerify(Task task, long bytes) {
        task.at = 0;
        task.end = bytes;
        task.work = new byte[(int) Math.min(task.end, CHUNK_BYTES)];
        return verifyReads(task, BlockStatus.OK);
    }

    private static long offset(Task task) {
        return (Extent.lba(task.cdb()) << task.unit().blockShift()) + task.at;
    }

    private static BlockStatus verifyReads(Task task, BlockStatus ignored) {
        if (task.at == task.end) {
            return task.goodAll();
        }
        task.then(VERIFY_COMPARES);
        int length = (int) Math.min(task.work.length, task.end - task.at);
        return task.unit().backing().read(task.ioOfWork(offset(task), length));
    }

    private static BlockStatus verifyCompares(Task task, BlockStatus last) {
        if (!last.ok()) {
            return task.failed(last, false, Moves.lbaOf(task));
        }
        int length = (int) task.io().bytes();
        int check = byteCheck(task.cdb());
        if (check != NO_DATA) {
            int blockBytes = 1 << task.unit().blockShift();
            int differs = check == ALL_DATA
                    ? firstDifference(task, task.work, 0, task.at, length)
                    : firstDifferenceFromOne(task, length, blockBytes);
            if (differs >= 0) {
                return task.check(SenseKey.MISCOMPARE, Asc.MISCOMPARE, Moves.lbaOf(task) + differs / blockBytes, 0);
            }
        }
        task.at += length;
        task.then(VERIFY_READS);
        return BlockStatus.OK;
    }

    /** Where bytes differ from the initiator's, or -1. */
    private static int firstDifference(Task task, byte[] bytes, int at, long inData, int length) {
        byte[] wanted = new byte[length];
        task.get(inData, wanted, length);
        int differs = Arrays.mismatch(bytes, at, at + length, wanted, 0, length);
        return differs < 0 ? -1 : at + differs;
    }

    private static int firstDifferenceFromOne(Task task, int length, int blockBytes) {
        for (int at = 0; at < length; at += blockBytes) {
            int differs = firstDifference(task, task.work, at, 0, blockBytes);
            if (differs >= 0) {
                return differs;
            }
        }
        return -1;
    }

    static BlockStatus writeAndVerify(LogicalUnit unit, Task task) {
        byte[] cdb = task.cdb();
        if (byteCheck(cdb) > ALL_DATA) {
            return task.invalidCdb(Extent.flagsAt(cdb), 2);
        }
        long lba = Extent.lba(cdb);
        long count = Extent.count(cdb);
        if (!unit.holds(lba, count)) {
            return Moves.outOfRange(unit, task, lba);
        }
        if (count > unit.mostBlocks()) {
            return task.invalidCdb(Extent.countAt(cdb), -1);
        }
        task.wants(count << unit.blockShift());
        long blocks = Moves.blocksSent(unit, task, count);
        if (blocks == 0) {
            return task.good(0);
        }
        task.end = blocks << unit.blockShift();
        task.then(WRITE_STARTS);
        return unit.ranges().claim(task, lba, lba + blocks, false) ? BlockStatus.OK : null;
    }

    /**
     * Checks range and data of a command that writes.
     *
     * @param times how many times the blocks the data is
     * @return null if the command ended, for being refused or for having nothing to do
     */
    private static BlockStatus refuse(LogicalUnit unit, Task task, long count, int times, long most) {
        byte[] cdb = task.cdb();
        long lba = Extent.lba(cdb);
        if (!unit.holds(lba, count)) {
            return Moves.outOfRange(unit, task, lba);
        }
        if (count > most) {
            return task.invalidCdb(Extent.countAt(cdb), -1);
        }
        if (!Moves.hasData(task, count * times << unit.blockShift())) {
            return Moves.wrongData(task);
        }
        return count == 0 ? task.good(0) : BlockStatus.OK;
    }

    private static BlockStatus claimAlone(LogicalUnit unit, Task task) {
        long lba = Extent.lba(task.cdb());
        return unit.ranges().claim(task, lba, lba + count(task), true) ? BlockStatus.OK : null;
    }

    /** COMPARE AND WRITE has its count in one byte. */
    private static long count(Task task) {
        byte[] cdb = task.cdb();
        return (cdb[0] & 0xFF) == 0x89 ? cdb[13] & 0xFF : Extent.count(cdb);
    }

    private static BlockStatus writeStarts(Task task, BlockStatus claimed) {
        task.at = 0;
        task.then(WRITE_ENDED);
        return task.unit().backing().write(task.ioOfPart(offset(task), 0, task.end), true);
    }

    private static BlockStatus writeEnded(Task task, BlockStatus last) {
        return last.ok() ? startVerify(task, task.end) : task.failed(last, true, Moves.lbaOf(task));
    }

    static BlockStatus compareAndWrite(LogicalUnit unit, Task task) {
        if (refuse(unit, task, count(task), 2, LogicalUnit.MOST_COMPARED_BLOCKS) == null) {
            return null;
        }
        task.then(READ_ALL);
        return claimAlone(unit, task);
    }

    static BlockStatus orWrite(LogicalUnit unit, Task task) {
        if (refuse(unit, task, count(task), 1, unit.mostBlocks()) == null) {
            return null;
        }
        task.then(READ_ALL);
        return claimAlone(unit, task);
    }

    private static BlockStatus readAll(Task task, BlockStatus claimed) {
        task.at = 0;
        task.work = new byte[(int) (count(task) << task.unit().blockShift())];
        task.then((task.cdb()[0] & 0xFF) == 0x89 ? COMPARE_THEN_WRITE : OR_THEN_WRITE);
        return task.unit().backing().read(task.ioOfWork(offset(task), task.work.length));
    }

    private static BlockStatus compareThenWrite(Task task, BlockStatus last) {
        if (!last.ok()) {
            return task.failed(last, false, Moves.lbaOf(task));
        }
        int length = task.work.length;
        int differs = firstDifference(task, task.work, 0, 0, length);
        if (differs >= 0) {
            return task.check(SenseKey.MISCOMPARE, Asc.MISCOMPARE, differs, 0);
        }
        task.then(LAST_WRITE_ENDED);
        return task.unit().backing().write(task.ioOfPart(offset(task), length, length), isDurable(task));
    }

    private static BlockStatus orThenWrite(Task task, BlockStatus last) {
        if (!last.ok()) {
            return task.failed(last, false, Moves.lbaOf(task));
        }
        byte[] more = new byte[task.work.length];
        task.get(0, more, more.length);
        for (int i = 0; i < more.length; i++) {
            task.work[i] |= more[i];
        }
        task.then(LAST_WRITE_ENDED);
        return task.unit().backing().write(task.ioOfWork(offset(task), task.work.length), isDurable(task));
    }

    private static boolean isDurable(Task task) {
        return task.unit().writesThrough() || (Extent.flags(task.cdb()) & Extent.FUA) != 0;
    }

    private static BlockStatus lastWriteEnded(Task task, BlockStatus last) {
        return last.ok() ? task.goodAll() : task.failed(last, true, Moves.lbaOf(task));
    }
}
