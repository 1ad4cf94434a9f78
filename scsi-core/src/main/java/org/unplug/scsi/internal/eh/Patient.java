package org.unplug.scsi.internal.eh;

import org.unplug.scsi.ScsiAddress;

/** A command that the error handler has in hand: its time was up while the driver had it. */
public interface Patient {

    ScsiAddress address();

    /** Whether the driver has let it go meanwhile. */
    boolean isLetGo();

    /** Whether the unit that it is for is known to be gone: no reset would bring it back. */
    boolean isUnitGone();

    /** The driver answered SUCCESS, which means that it has let it go. */
    void letGo();

    /** The handler is done with it, and the driver has let it go. */
    void recovered();

    /** The handler is done with it; if the driver has not let it go its buffers may still be written. */
    void givenUp();
}
