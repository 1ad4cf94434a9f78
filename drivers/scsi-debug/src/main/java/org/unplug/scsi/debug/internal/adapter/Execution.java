package org.unplug.scsi.debug.internal.adapter;

import java.nio.ByteBuffer;
import org.unplug.scsi.spi.HostByte;
import org.unplug.scsi.spi.ScsiCommand;
import org.unplug.scsi.target.LogicalUnit;
import org.unplug.scsi.target.Nexus;
import org.unplug.scsi.target.Task;

/** Carries a command to its unit and the answer back; used again for each, by one thread. Its units' backings answer at once. */
final class Execution extends Task {

    private volatile ScsiCommand command;

    /** Whether it has this command in hand: it may use its buffers, or has not completed it yet. */
    boolean isAt(ScsiCommand what) {
        return command == what;
    }

    /** Executes for the unit that the command is for, though another may have its place by now, and completes. */
    void run(ScsiCommand what, Nexus nexus) {
        command = what;
        LogicalUnit unit = (LogicalUnit) what.unit();
        if (!nexus.target().execute(nexus, unit, this, Attribute.SIMPLE)) {
            what.completeFailed(HostByte.NO_CONNECT);
        }
        command = null;
    }

    @Override
    protected void ended() {
        ScsiCommand what = command;
        what.complete(HostByte.OK, status(), senseBytes(), what.transferBytes() - (int) movedBytes());
    }

    @Override
    protected byte[] cdb() {
        return command.cdb();
    }

    @Override
    protected int cdbLength() {
        return command.cdbLength();
    }

    @Override
    protected int segmentCount() {
        return command.segmentCount();
    }

    @Override
    protected ByteBuffer segment(int index) {
        return command.segment(index);
    }

    @Override
    protected int transferBytes() {
        return command.transferBytes();
    }

    @Override
    protected byte[] sense() {
        return command.sense();
    }
}
