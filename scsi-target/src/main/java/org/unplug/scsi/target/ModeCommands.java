package org.unplug.scsi.target;

import org.unplug.block.BlockStatus;

/** MODE SENSE and MODE SELECT, of 6 and of 10 bytes (SPC-4, 6.9 to 6.12). */
final class ModeCommands {

    private static final int NO_BLOCK_DESCRIPTORS = 0x08;
    private static final int LONG_LBA_ACCEPTED = 0x10;
    private static final int PAGE_FORMAT = 0x10;
    private static final int SAVE = 0x01;
    private static final int SAVED = 3;
    private static final int SAVING_NOT_SUPPORTED = 0x3900;
    private static final int WRITE_PROTECT = 0x80;
    private static final int DPO_FUA = 0x10;
    private static final int ALL_SUBPAGES = 0xFF;
    private static final int SHORT_DESCRIPTOR = 8;
    private static final int LONG_DESCRIPTOR = 16;
    private static final int MODE_SENSE_10 = 0x5A;
    private static final int MODE_SELECT_10 = 0x55;

    private static final Task.Step FLUSHED = ModeCommands::flushed;

    private ModeCommands() {}

    static BlockStatus sense(LogicalUnit unit, Task task) {
        byte[] cdb = task.cdb();
        boolean ten = (cdb[0] & 0xFF) == MODE_SENSE_10;
        int control = cdb[2] >> 6 & 3;
        if (control == SAVED) {
            return task.illegal(SAVING_NOT_SUPPORTED);
        }
        int subpage = cdb[3] & 0xFF;
        if (subpage != 0 && subpage != ALL_SUBPAGES) {
            return task.invalidCdb(3, -1);
        }
        byte[] pages = unit.modePages().read(cdb[2] & 0x3F, control);
        if (pages == null) {
            return task.invalidCdb(2, 5);
        }
        byte[] descriptor = (cdb[1] & NO_BLOCK_DESCRIPTORS) != 0
                ? new byte[0]
                : descriptor(unit, ten && (cdb[1] & LONG_LBA_ACCEPTED) != 0);
        int header = ten ? 8 : 4;
        byte[] data = new byte[header + descriptor.length + pages.length];
        int specific = (unit.isWriteProtected() ? WRITE_PROTECT : 0) | DPO_FUA;
        if (ten) {
            Bytes.put16(data, 0, data.length - 2);
            data[3] = (byte) specific;
            data[4] = (byte) (descriptor.length == LONG_DESCRIPTOR ? 1 : 0);
            Bytes.put16(data, 6, descriptor.length);
        } else {
            data[0] = (byte) (data.length - 1);
            data[2] = (byte) specific;
            data[3] = (byte) descriptor.length;
        }
        System.arraycopy(descriptor, 0, data, header, descriptor.length);
        System.arraycopy(pages, 0, data, header + descriptor.length, pages.length);
        return task.data(data, ten ? Bytes.get16(cdb, 7) : cdb[4] & 0xFF);
    }

    private static byte[] descriptor(LogicalUnit unit, boolean longForm) {
        byte[] descriptor = new byte[longForm ? LONG_DESCRIPTOR : SHORT_DESCRIPTOR];
        int blockBytes = 1 << unit.blockShift();
        if (longForm) {
            Bytes.put64(descriptor, 0, unit.blocks());
            Bytes.put32(descriptor, 12, blockBytes);
        } else {
            Bytes.put32(descriptor, 0, (int) Math.min(unit.blocks(), 0xFFFF_FFFFL));
            Bytes.put32(descriptor, 4, blockBytes);
        }
        return descriptor;
    }

    static BlockStatus select(LogicalUnit unit, Task task) {
        byte[] cdb = task.cdb();
        boolean ten = (cdb[0] & 0xFF) == MODE_SELECT_10;
        if ((cdb[1] & PAGE_FORMAT) == 0) {
            return task.invalidCdb(1, 4);
        }
        if ((cdb[1] & SAVE) != 0) {
            return task.invalidCdb(1, 0);
        }
        int length = ten ? Bytes.get16(cdb, 7) : cdb[4] & 0xFF;
        if (length == 0) {
            return task.good();
        }
        int header = ten ? 8 : 4;
        if (length < header) {
            return task.illegal(Asc.PARAMETER_LIST_LENGTH);
        }
        byte[] list = task.parameters(length);
        return list == null ? null : select(unit, task, list, ten, header);
    }

    private static BlockStatus select(LogicalUnit unit, Task task, byte[] list, boolean ten, int header) {
        boolean longForm = ten && (list[4] & 1) != 0;
        int descriptor = ten ? Bytes.get16(list, 6) : list[3] & 0xFF;
        if (descriptor != 0 && descriptor != (longForm ? LONG_DESCRIPTOR : SHORT_DESCRIPTOR)) {
            return task.invalidParameter(ten ? 6 : 3, -1);
        }
        if (header + descriptor > list.length) {
            return task.illegal(Asc.PARAMETER_LIST_LENGTH);
        }
        if (descriptor != 0) {
            int at = header + (longForm ? 12 : 5);
            long blockBytes = longForm ? Bytes.get32(list, at) : Bytes.get24(list, at);
            if (blockBytes != 1 << unit.blockShift()) {
                return task.invalidParameter(at, -1);
            }
        }
        return pages(unit, task, list, header + descriptor);
    }

    /** All pages are checked before one is taken. */
    private static BlockStatus pages(LogicalUnit unit, Task task, byte[] list, int from) {
        ModePages pages = unit.modePages();
        for (int at = from; at < list.length; ) {
            int length = pages.length(list[at] & 0x3F);
            if (length == 0 || (list[at] & 0x40) != 0) {
                return task.invalidParameter(at, 5);
            }
            if (at + 2 > list.length || at + length > list.length) {
                return task.illegal(Asc.PARAMETER_LIST_LENGTH);
            }
            if ((list[at + 1] & 0xFF) != length - 2) {
                return task.invalidParameter(at + 1, -1);
            }
            int wrong = pages.firstUnchangeable(list, at);
            if (wrong >= 0) {
                return task.invalidParameter(at + wrong / Byte.SIZE, wrong % Byte.SIZE);
            }
            at += length;
        }
        boolean cached = pages.writeCache();
        boolean changed = false;
        for (int at = from; at < list.length; at += pages.length(list[at] & 0x3F)) {
            changed |= pages.write(list, at);
        }
        if (changed) {
            unit.attendOthers(task.nexus(), UnitAttention.MODE_PARAMETERS_CHANGED);
        }
        if (cached && !pages.writeCache()) {
            task.then(FLUSHED);
            return unit.backing().sync(task.io().range(0, 0));
        }
        return task.goodAll();
    }

    /** A cache that is turned off has been written. */
    private static BlockStatus flushed(Task task, BlockStatus last) {
        return last.ok() ? task.goodAll() : task.failed(last, true, -1);
    }
}
