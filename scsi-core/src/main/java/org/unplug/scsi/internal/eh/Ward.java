package org.unplug.scsi.internal.eh;

import java.util.List;
import java.util.Set;
import org.unplug.scsi.ScsiAddress;

/**
 * What the error handler needs of its host. Each step into the driver takes one handler time-out at most, however many commands or
 * units it is about, and does nothing once the host is removed.
 */
public interface Ward {

    /** Asks the driver to abort each, in turn, until one is stuck; those that it let go {@linkplain Patient#isLetGo say so}. */
    void abort(List<Patient> patients);

    /** Asks the driver for a reset of each, in turn, until one is stuck; which of them worked. */
    Set<ScsiAddress> reset(Rung rung, List<ScsiAddress> where);

    /** Which of these units, that were reset, are there again. */
    Set<ScsiAddress> answering(Set<ScsiAddress> units);

    /** The resets begin: no command is given to the driver until {@link #endRecovery}. */
    void beginRecovery();

    void endRecovery();

    /** Nothing helped: the unit that the command is for goes offline, unless another one has taken its place. */
    void offline(Patient patient, String why);
}
