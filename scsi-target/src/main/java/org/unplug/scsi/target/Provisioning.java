package org.unplug.scsi.target;

import java.util.Arrays;
import org.unplug.block.BlockStatus;
import org.unplug.scsi.SenseKey;

/**
 * UNMAP, WRITE SAME and GET LBA STATUS (SBC-3, 4.7, 5.6, 5.30, 5.43). A range to unmap is discarded; where the backing cannot, what has
 * to read as zeroes is written so, and the rest stays as it is, which UNMAP allows. Anchored blocks are not had: ANCHOR is refused.
 */
final class Provisioning {

    /** Most descriptors of one UNMAP. */
    static final int MOST_DESCRIPTORS = 256;
    /** Most blocks that one UNMAP can name altogether. */
    static final int MOST_UNMAPPED_BLOCKS = 1 << 20;
    /** Most blocks of one WRITE SAME, whether they are unmapped or written: all that fit into its form of 10 bytes. */
    static final int MOST_SAME_BLOCKS = 0xFFFF;

    private static final int UNMAP = 0x08;
    private static final int NO_DATA_OUT = 0x01;
    private static final int LIST_HEADER_BYTES = 8;
    private static final int DESCRIPTOR_BYTES = 16;
    private static final int STATUS_DESCRIPTORS = 256;
    private static final int DEALLOCATED = 1;
    private static final int CHUNK_BYTES = 1 << 16;

    private static final Task.Step UNMAP_NEXT = Provisioning::unmapNext;
    private static final Task.Step SAME_DISCARDS = Provisioning::sameDiscards;
    private static final Task.Step SAME_DISCARDED = Provisioning::sameDiscarded;
    private static final Task.Step SAME_WRITES = Provisioning::sameWrites;
    private static final Task.Step SAME_WROTE = Provisioning::sameWrote;

    private Provisioning() {}

    static BlockStatus unmap(LogicalUnit unit, Task task) {
        int length = Bytes.get16(task.cdb(), 7);
        if (length == 0) {
            return task.good();
        }
        if (length < LIST_HEADER_BYTES) {
            return task.illegal(Asc.PARAMETER_LIST_LENGTH);
        }
        byte[] list = task.parameters(length);
        if (list == null) {
            return null;
        }
        int bytes = Math.min(Bytes.get16(list, 2), length - LIST_HEADER_BYTES);
        int count = bytes / DESCRIPTOR_BYTES;
        if (count > MOST_DESCRIPTORS) {
            return task.invalidParameter(2, -1);
        }
        long total = 0;
        long from = Long.MAX_VALUE;
        long to = 0;
        for (int i = 0; i < count; i++) {
            long lba = Bytes.get64(list, LIST_HEADER_BYTES + i * DESCRIPTOR_BYTES);
            long blocks = Bytes.get32(list, LIST_HEADER_BYTES + i * DESCRIPTOR_BYTES + 8);
            if (!unit.holds(lba, blocks)) {
                return Moves.outOfRange(unit, task, lba);
            }
            total += blocks;
            if (total > MOST_UNMAPPED_BLOCKS) {
                return task.invalidParameter(LIST_HEADER_BYTES + i * DESCRIPTOR_BYTES + 8, -1);
            }
            from = Math.min(from, lba);
            to = Math.max(to, lba + blocks);
        }
        if (total == 0) {
            return task.goodAll();
        }
        task.work = list;
        task.at = 0;
        task.end = count;
        task.then(UNMAP_NEXT);
        return unit.ranges().claim(task, from, to, false) ? BlockStatus.OK : null;
    }

    /** Unmapping is a wish: what the backing cannot give back stays. */
    private static BlockStatus unmapNext(Task task, BlockStatus last) {
        if (!last.ok() && last != BlockStatus.NOTSUPP) {
            return task.failed(last, true, Moves.lbaOf(task));
        }
        if (task.at == task.end) {
            return task.goodAll();
        }
        int at = LIST_HEADER_BYTES + (int) task.at++ * DESCRIPTOR_BYTES;
        int shift = task.unit().blockShift();
        long blocks = Bytes.get32(task.work, at + 8);
        if (blocks == 0) {
            return BlockStatus.OK;
        }
        return task.unit().backing().discard(task.io().range(Bytes.get64(task.work, at) << shift, blocks << shift));
    }

    static BlockStatus writeSame(LogicalUnit unit, Task task) {
        byte[] cdb = task.cdb();
        int flags = Extent.flags(cdb);
        long lba = Extent.lba(cdb);
        long count = Extent.count(cdb);
        if ((flags & UNMAP) != 0 && !unit.spec().thin()) {
            return task.invalidCdb(Extent.flagsAt(cdb), 3);
        }
        if (!unit.holds(lba, count)) {
            return Moves.outOfRange(unit, task, lba);
        }
        // The limits page says that no count does not stand for all the rest.
        if (count == 0 || count > MOST_SAME_BLOCKS) {
            return task.invalidCdb(Extent.countAt(cdb), -1);
        }
        int blockBytes = 1 << unit.blockShift();
        boolean hasBlock = (flags & NO_DATA_OUT) == 0;
        if (hasBlock && (!Moves.hasData(task, blockBytes) || task.transferBytes() != blockBytes)) {
            return Moves.wrongData(task);
        }
        byte[] block = new byte[blockBytes];
        if (hasBlock) {
            task.get(0, block, blockBytes);
        }
        task.at = lba << unit.blockShift();
        task.end = lba + count << unit.blockShift();
        task.work = repeat(block, (int) Math.min(CHUNK_BYTES, count << unit.blockShift()));
        boolean zero = Arrays.equals(block, new byte[blockBytes]);
        task.then((flags & UNMAP) != 0 && zero ? SAME_DISCARDS : SAME_WRITES);
        return unit.ranges().claim(task, lba, lba + count, false) ? BlockStatus.OK : null;
    }

    static byte[] repeat(byte[] block, int bytes) {
        byte[] all = new byte[bytes];
        for (int at = 0; at < bytes; at += block.length) {
            System.arraycopy(block, 0, all, at, block.length);
        }
        return all;
    }

    private static BlockStatus sameDiscards(Task task, BlockStatus claimed) {
        task.then(SAME_DISCARDED);
        return task.unit().backing().discard(task.io().range(task.at, task.end - task.at));
    }

    private static BlockStatus sameDiscarded(Task task, BlockStatus last) {
        if (last == BlockStatus.NOTSUPP) {
            task.then(SAME_WRITES);
            return BlockStatus.OK;
        }
        return last.ok() ? task.goodAll() : task.failed(last, true, Moves.lbaOf(task));
    }

    private static BlockStatus sameWrites(Task task, BlockStatus ignored) {
        if (task.at == task.end) {
            return task.goodAll();
        }
        task.then(SAME_WROTE);
        int length = (int) Math.min(task.work.length, task.end - task.at);
        return task.unit()
                .backing()
                .write(task.ioOfWork(task.at, length), task.unit().writesThrough());
    }

    private static BlockStatus sameWrote(Task task, BlockStatus last) {
        if (!last.ok()) {
            return task.failed(last, true, Moves.lbaOf(task));
        }
        task.at += task.io().bytes();
        task.then(SAME_WRITES);
        return BlockStatus.OK;
    }

    static BlockStatus getLbaStatus(LogicalUnit unit, Task task) {
        long lba = Bytes.get64(task.cdb(), 2);
        if (lba < 0 || lba >= unit.blocks()) {
            return task.check(SenseKey.ILLEGAL_REQUEST, Asc.LBA_OUT_OF_RANGE, lba, 0);
        }
        long allocation = Bytes.get32(task.cdb(), 10);
        int most = (int) Math.max(1, Math.min(STATUS_DESCRIPTORS, (allocation - LIST_HEADER_BYTES) / DESCRIPTOR_BYTES));
        byte[] data = new byte[LIST_HEADER_BYTES + most * DESCRIPTOR_BYTES];
        int at = LIST_HEADER_BYTES;
        long block = lba;
        while (at < data.length && block < unit.blocks()) {
            long run = unit.mappedBlocks(block);
            long blocks = Math.min(Math.abs(run), 0xFFFF_FFFFL);
            Bytes.put64(data, at, block);
            Bytes.put32(data, at + 8, (int) blocks);
            data[at + 12] = (byte) (run < 0 ? DEALLOCATED : 0);
            at += DESCRIPTOR_BYTES;
            block += blocks;
        }
        Bytes.put32(data, 0, at - 4);
        return task.data(Arrays.copyOf(data, at), allocation);
    }
}
