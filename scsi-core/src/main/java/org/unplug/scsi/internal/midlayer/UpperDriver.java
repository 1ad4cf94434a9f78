package org.unplug.scsi.internal.midlayer;

/** Drives devices of a type, as sd drives disks. */
@FunctionalInterface
public interface UpperDriver {

    /** A device was found. On the host's own thread; may block on commands, which end when host or device are removed. */
    void bind(Device device);
}
