package org.unplug.scsi.debug.internal.target;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.concurrent.ConcurrentSkipListMap;
import org.unplug.scsi.Cdb;
import org.unplug.scsi.ScsiAddress;
import org.unplug.scsi.SenseKey;

/** A target: its logical units, and the commands that concern more than one, or a unit that is not there. Any thread may call. */
public final class TargetDevice {

    private static final int LUN_BYTES = 8;
    private static final byte NO_UNIT = 0x7F;

    private final ConcurrentSkipListMap<Long, LogicalUnit> units = new ConcurrentSkipListMap<>();

    /** Puts a unit in and lets the others tell of it; false if the number is taken. */
    public boolean add(long lun, LogicalUnit unit) {
        boolean added = units.putIfAbsent(lun, unit) == null;
        if (added) {
            tellOthers(unit);
        }
        return added;
    }

    /** Takes a unit out and lets the others tell of it; null if there is none. */
    public LogicalUnit remove(long lun) {
        LogicalUnit unit = units.remove(lun);
        if (unit != null) {
            tellOthers(unit);
        }
        return unit;
    }

    private void tellOthers(LogicalUnit changed) {
        units.values().stream()
                .filter(unit -> unit != changed)
                .forEach(unit -> unit.attention(UnitAttention.LUNS_CHANGED));
    }

    public LogicalUnit unit(long lun) {
        return units.get(lun);
    }

    public Collection<LogicalUnit> units() {
        return units.values();
    }

    /** Whether nobody would answer here. */
    public boolean isEmpty() {
        return units.isEmpty();
    }

    /** What REPORT LUNS answers, by any unit or none. */
    void reportLuns(Transfer transfer, Answer answer) {
        Long[] luns = units.keySet().toArray(new Long[0]);
        ByteBuffer data = ByteBuffer.allocate(LUN_BYTES + luns.length * LUN_BYTES);
        data.putInt(luns.length * LUN_BYTES).putInt(0);
        for (long lun : luns) {
            data.putLong(ScsiAddress.encodeLun(lun));
        }
        answer.data(transfer, data.array(), Cdb.get32(transfer.cdb(), 6) & Integer.MAX_VALUE);
    }

    /** Answers for a unit that is not there. */
    public void executeNowhere(Transfer transfer, Answer answer) {
        switch (Cdb.opcode(transfer.cdb())) {
            case Cdb.REPORT_LUNS -> reportLuns(transfer, answer);
            case Cdb.INQUIRY -> {
                byte[] data = new byte[36];
                data[0] = NO_UNIT;
                data[2] = 6;
                data[3] = 2;
                data[4] = 31;
                answer.data(transfer, data, Cdb.get16(transfer.cdb(), 3));
            }
            default -> answer.check(transfer, SenseKey.ILLEGAL_REQUEST, 0x25, 0x00);
        }
    }
}
