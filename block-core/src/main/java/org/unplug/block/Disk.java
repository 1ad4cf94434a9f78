package org.unplug.block;

import java.io.IOException;

/**
 * A disk, found as a service. The service is there from the moment the disk is LIVE until its removal refuses.
 *
 * <p>Getting the service is a reference of its own for the getting bundle, shown by {@code holders}, and keeps the disk's
 * memory, not its medium. An object of this type that is kept after the service went answers {@link #info} and
 * {@link #state} for ever and refuses {@link #open}.
 */
public interface Disk {

    /** Service property: the name, as "sda". */
    String NAME = "disk.name";
    /** Service property: the capacity in bytes, a Long. */
    String BYTES = "disk.bytes";
    /** Service property: the bus, as "mmc". */
    String BUS = "disk.bus";
    /** Service property: the symbolic name of the bundle that drives it. */
    String DRIVER = "disk.driver";
    /** Service property: what the device calls itself; absent if it does not. */
    String MODEL = "disk.model";
    /** Service property: the serial number; absent if there is none. */
    String SERIAL = "disk.serial";
    /** Service property: the name of the disk that this is a partition of; absent for a whole disk. */
    String PARENT = "disk.parent";
    /** Service property: a Boolean, whether the medium can be taken out. */
    String REMOVABLE = "disk.removable";
    /** Service property: a Boolean, whether writes are refused. */
    String READ_ONLY = "disk.readonly";
    /** Service property: the incarnation's number, a Long. */
    String EPOCH = "disk.epoch";

    /** What it is. Never blocks. */
    DiskInfo info();

    /** Its state at some instant during the call. Never blocks. */
    DiskState state();

    /**
     * Opens this disk. The caller owns the handle and must close it; when the caller's bundle stops, it is closed for it.
     * A handle keeps the disk's memory, not its media: after removal its requests complete with GONE; close still works.
     * Does not block.
     *
     * @param holder told of the removal, once
     * @throws GoneException once the disk is DYING
     * @throws BlockException PROTECTED if the disk is read-only and the mode writes; AGAIN if another holder, which the
     *     message names, has it exclusively
     * @throws IllegalStateException if the calling bundle has stopped
     */
    DiskHandle open(Holder holder, OpenMode mode) throws IOException;
}
