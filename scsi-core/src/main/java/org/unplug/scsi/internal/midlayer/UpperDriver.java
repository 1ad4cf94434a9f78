package org.unplug.scsi.internal.midlayer;

/** Drives devices of a type, as sd drives disks. */
public interface UpperDriver {

    /** A device was found. On the host's own thread; may block on commands, which end when host or device are removed. */
    void bind(Device device);

    /**
     * Something about a device that it drives, or could not drive so far, may have changed. On the host's own thread; may block
     * likewise.
     */
    void revalidate(Device device);
}
