package org.unplug.scsi.debug.internal.target;

import java.nio.ByteBuffer;

/** A command's data and its answer, as the device server sees them. */
public interface Transfer {

    byte[] cdb();

    int cdbLength();

    int segmentCount();

    /** A buffer; its position and limit are kept. */
    ByteBuffer segment(int index);

    /** How many bytes all buffers hold. */
    int transferBytes();

    /** Where sense data goes. */
    byte[] sense();
}
