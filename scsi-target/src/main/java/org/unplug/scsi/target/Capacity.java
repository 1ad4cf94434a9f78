package org.unplug.scsi.target;

import org.unplug.block.BlockStatus;

/** READ CAPACITY, REPORT LUNS and READ DEFECT DATA: what a target and its units tell about themselves besides INQUIRY. */
final class Capacity {

    private static final int THIN_AND_ZEROES = 0xC0;

    private Capacity() {}

    static BlockStatus ten(LogicalUnit unit, Task task) {
        long last = unit.blocks() - 1;
        byte[] data = new byte[8];
        Bytes.put32(data, 0, last < 0 || last > 0xFFFF_FFFEL ? -1 : (int) last);
        Bytes.put32(data, 4, 1 << unit.blockShift());
        return task.data(data, data.length);
    }

    /** A unit without blocks names -1 as its last. */
    static BlockStatus sixteen(LogicalUnit unit, Task task) {
        byte[] data = new byte[32];
        Bytes.put64(data, 0, unit.blocks() - 1);
        Bytes.put32(data, 8, 1 << unit.blockShift());
        data[13] = (byte) unit.spec().physicalExponent();
        data[14] = (byte) (unit.spec().thin() ? THIN_AND_ZEROES : 0);
        return task.data(data, Bytes.get32(task.cdb(), 10));
    }

    static BlockStatus reportLuns(LogicalUnit unit, Task task) {
        unit.noted(task.nexus(), UnitAttention.LUNS_CHANGED);
        return unit.target().reportLuns(task);
    }

    /** There are no defects, in whichever form the list is wanted. */
    static BlockStatus defects10(LogicalUnit unit, Task task) {
        byte[] cdb = task.cdb();
        return task.data(new byte[] {0, (byte) (cdb[2] & 0x1F), 0, 0}, Bytes.get16(cdb, 7));
    }

    static BlockStatus defects12(LogicalUnit unit, Task task) {
        byte[] cdb = task.cdb();
        return task.data(new byte[] {0, (byte) (cdb[1] & 0x1F), 0, 0, 0, 0, 0, 0}, Bytes.get32(cdb, 6));
    }
}
