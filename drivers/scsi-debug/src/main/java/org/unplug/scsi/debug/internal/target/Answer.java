package org.unplug.scsi.debug.internal.target;

import java.nio.ByteBuffer;
import org.unplug.scsi.ScsiStatus;
import org.unplug.scsi.SenseData;
import org.unplug.scsi.SenseKey;

/** How a command ended; used again for each, by one thread. */
public final class Answer {

    private ScsiStatus status = ScsiStatus.GOOD;
    private int senseBytes;
    private int residualBytes;

    public ScsiStatus status() {
        return status;
    }

    public int senseBytes() {
        return senseBytes;
    }

    public int residualBytes() {
        return residualBytes;
    }

    void good() {
        good(0);
    }

    private void good(int residual) {
        status = ScsiStatus.GOOD;
        senseBytes = 0;
        residualBytes = residual;
    }

    /** Answers with data, cut to the allocation length and to the buffers. */
    void data(Transfer transfer, byte[] data, int allocationBytes) {
        int length = Math.min(Math.min(data.length, allocationBytes), transfer.transferBytes());
        int done = 0;
        for (int i = 0; i < transfer.segmentCount() && done < length; i++) {
            ByteBuffer segment = transfer.segment(i);
            int part = Math.min(segment.remaining(), length - done);
            segment.put(segment.position(), data, done, part);
            done += part;
        }
        good(transfer.transferBytes() - done);
    }

    void check(Transfer transfer, SenseData sense) {
        status = ScsiStatus.CHECK_CONDITION;
        senseBytes = sense.information().orElse(0) >>> 32 == 0
                ? sense.encodeFixed(transfer.sense())
                : sense.encodeDescriptors(transfer.sense());
        residualBytes = transfer.transferBytes();
    }

    void check(Transfer transfer, SenseKey key, int asc, int ascq) {
        check(transfer, SenseData.of(key, asc, ascq));
    }
}
