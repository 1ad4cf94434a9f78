package org.unplug.scsi.internal.eh;

import org.unplug.scsi.ScsiAddress;

/** A command that the error handler has in hand: its time was up while the driver had it. */
public interface Patient {

    ScsiAddress address();

    /** Whether the driver has let it go meanwhile. */
    boolean isLetGo();

    /** The handler is done: the driver let it go - or answered SUCCESS, which means the same. */
    void recovered();

    /** The handler is done: nothing made the driver let it go; its buffers may still be written. */
    void givenUp();
}
