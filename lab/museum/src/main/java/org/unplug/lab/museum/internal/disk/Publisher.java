package org.unplug.lab.museum.internal.disk;

import org.unplug.block.Disk;

/** Makes a disk known; the result withdraws it. */
@FunctionalInterface
public interface Publisher {
    Runnable publish(Disk disk);
}
