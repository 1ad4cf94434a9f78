package org.unplug.block.internal.queue;

import org.unplug.block.spi.DiskDriver;
import org.unplug.ref.Gate;

/** A driver behind a queue, with the gate of the calls into it. The two are exchanged as one. */
final class DriverSlot {

    final DiskDriver driver;
    final Gate calls = new Gate();

    DriverSlot(DiskDriver driver) {
        this.driver = driver;
    }
}
