package org.unplug.scsi.internal.midlayer;

import org.unplug.scsi.ScsiDevice;

/** Makes devices known to the rest of the world. */
@FunctionalInterface
public interface Publisher {

    /** Makes one known; running the answer undoes it. Both may take as long as listeners please. */
    Runnable publish(ScsiDevice device);
}
