package org.unplug.scsi.internal.eh;

import org.unplug.scsi.ScsiAddress;

/** What the error handler needs of its host. Every call into the driver is bounded, and fails once the host is removed. */
public interface Ward {

    /** Bounded. {@link Answer#STUCK} if the driver did not return in time. */
    Answer abort(Patient patient);

    /** Bounded, likewise. */
    Answer reset(Rung rung, ScsiAddress address);

    /** The resets begin: no command is given to the driver until {@link #endRecovery}. */
    void beginRecovery();

    void endRecovery();

    /** Nothing helped: the unit goes offline. */
    void offline(ScsiAddress unit, String why);

    /** How a driver's handler answered. */
    enum Answer {
        SUCCESS,
        FAILED,
        STUCK
    }
}
