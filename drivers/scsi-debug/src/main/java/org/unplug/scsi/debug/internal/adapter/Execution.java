package org.unplug.scsi.debug.internal.adapter;

import java.nio.ByteBuffer;
import org.unplug.scsi.debug.internal.target.Answer;
import org.unplug.scsi.debug.internal.target.LogicalUnit;
import org.unplug.scsi.debug.internal.target.TargetDevice;
import org.unplug.scsi.debug.internal.target.Transfer;
import org.unplug.scsi.spi.HostByte;
import org.unplug.scsi.spi.ScsiCommand;

/** Carries a command to its unit and the answer back; used again for each, by one thread. */
final class Execution implements Transfer {

    private final Answer answer = new Answer();
    private volatile ScsiCommand command;

    /** Whether it has this command in hand: it may use its buffers, or has not completed it yet. */
    boolean isAt(ScsiCommand what) {
        return command == what;
    }

    /** Executes and completes. */
    void run(ScsiCommand what, TargetDevice target) {
        command = what;
        boolean reached = true;
        LogicalUnit unit = target.unit(what.address().lun());
        if (unit != what.unit()) {
            reached = false; // it was for one that is not there any more
        } else if (unit != null) {
            reached = unit.execute(this, answer);
        } else if (target.isEmpty()) {
            reached = false;
        } else {
            target.executeNowhere(this, answer);
        }
        if (reached) {
            what.complete(HostByte.OK, answer.status(), answer.senseBytes(), answer.residualBytes());
        } else {
            what.completeFailed(HostByte.NO_CONNECT);
        }
        command = null;
    }

    @Override
    public byte[] cdb() {
        return command.cdb();
    }

    @Override
    public int cdbLength() {
        return command.cdbLength();
    }

    @Override
    public int segmentCount() {
        return command.segmentCount();
    }

    @Override
    public ByteBuffer segment(int index) {
        return command.segment(index);
    }

    @Override
    public int transferBytes() {
        return command.transferBytes();
    }

    @Override
    public byte[] sense() {
        return command.sense();
    }
}
