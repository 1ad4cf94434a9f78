package org.unplug.scsi.debug.internal.target;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Where a unit's blocks are. Several threads at once may call. Segments keep their position and limit; the caller has checked
 * that they fit.
 */
public interface Store {

    long bytes();

    /** Fills the segment from an offset on. */
    void read(long offsetBytes, ByteBuffer segment) throws IOException;

    /** Writes the segment to an offset. */
    void write(long offsetBytes, ByteBuffer segment) throws IOException;

    /** Makes everything that was written durable. */
    void sync() throws IOException;

    /** What a power cut would lose now. */
    default long unwrittenBytes() {
        return 0;
    }

    /** The power is cut: loses what it may lose and lets its resources go. Nobody uses it any more. */
    void cutPower();
}
