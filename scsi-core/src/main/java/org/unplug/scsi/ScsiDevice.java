package org.unplug.scsi;

import java.nio.ByteBuffer;
import org.unplug.block.Removal;

/**
 * A logical unit, found as a service: there from the moment that the scan has added it until its removal refuses.
 *
 * <p>An object that is kept after its service went answers the questions about itself for ever; its operations do nothing
 * more than to report how it ended. Any thread may call.
 */
public interface ScsiDevice {

    /** Service property: host:channel:target:lun, a String. */
    String ADDRESS = "scsi.address";
    /** Service property: the adapter's number, an Integer. */
    String HOST = "scsi.host";
    /** Service property: the symbolic name of the bundle that registered the adapter. */
    String DRIVER = "scsi.driver";
    /** Service property: the vendor that the unit names. */
    String VENDOR = "scsi.vendor";
    /** Service property: the product that the unit names. */
    String PRODUCT = "scsi.product";
    /** Service property: the product's revision. */
    String REVISION = "scsi.revision";
    /** Service property: the serial number of page 80h; absent if there is none. */
    String SERIAL = "scsi.serial";
    /** Service property: the world wide name of page 83h in hexadecimal, or T10 vendor text; absent if there is none. */
    String WWID = "scsi.wwid";
    /** Service property: the peripheral device type, an Integer; 0 is a disk. */
    String TYPE = "scsi.type";
    /** Service property: a Boolean, whether the medium can be taken out. */
    String REMOVABLE = "scsi.removable";
    /** Service property: how fast the medium rotates, an Integer: revolutions per minute, 1 for not at all; absent if the unit does not say. */
    String ROTATION = "scsi.rotation";
    /** Service property: how blocks are provisioned, "full", "thin" or "resource"; absent if the unit does not say. */
    String PROVISIONING = "scsi.provisioning";
    /** Service property: the name of the disk on it, as "sda"; absent if there is none. */
    String DISK = "scsi.disk";

    /** What it is. Never blocks. */
    ScsiDeviceInfo info();

    /** Its state at some instant during the call. Never blocks. */
    ScsiDeviceState state();

    /** The name of the disk on it, or empty: it has no medium, no blocks, or is no disk. */
    String disk();

    /** How many of its commands are inside the driver, or wait to be given to it again. A glimpse. */
    int inFlight();

    /**
     * How many commands its disk gives it at once: what the adapter allows, or less for a while after the unit said TASK SET FULL;
     * 0 if it has no disk.
     */
    int queueDepth();

    /** After how many milliseconds a read or write of its disk is late, and the driver is asked to let it go; a flush or a range has twice that. */
    long timeoutMs();

    /**
     * Changes that for commands that begin from now on. At first it is what the core is configured with for all. The end of all tries of
     * a request together stays what it was: as long as the configured time-out for each.
     *
     * @throws IllegalArgumentException if it is not positive, or longer than all tries together may take
     */
    void setTimeoutMs(long ms);

    /**
     * Has the requests of its disk wait until {@link #resume}; those in the driver end, and the core's own commands pass.
     *
     * @throws IllegalStateException naming both states, if there is no way to QUIESCE from the one it is in
     */
    void quiesce();

    /**
     * Lets requests go on after {@link #quiesce}.
     *
     * @throws IllegalStateException naming both states, if it is neither QUIESCE nor RUNNING
     */
    void resume();

    /**
     * Gives it up for now, as the error handler does: every command fails with an I/O error.
     *
     * @throws IllegalStateException naming both states, if there is no way to OFFLINE from the one it is in
     */
    void takeOffline();

    /**
     * Tries with it again, after the error handler or {@link #takeOffline} gave it up, or its path failed.
     *
     * @throws IllegalStateException naming both states, if there is no way back to RUNNING from the one it is in
     */
    void bringBack();

    /**
     * Sends it a command of the caller's own, once, and waits for its end, as Linux's SG_IO. The unit is told nothing else: what
     * the command does to blocks that a disk has open is the caller's affair. Blocks until the time is up at most; the end of the device
     * ends it at once.
     *
     * @param cdb the command descriptor block, all of it
     * @param toDevice the bytes from its position to its limit are sent along; or null
     * @param fromDevice takes what the unit sends from its position on, which moves; or null
     * @param timeoutMs in milliseconds, positive
     * @throws IllegalArgumentException if the block is longer than the adapter takes, or both buffers are given
     */
    ScsiResult execute(byte[] cdb, ByteBuffer toDevice, ByteBuffer fromDevice, long timeoutMs);

    /**
     * Removes it: what {@code scsi_remove_device} promises - after it returns no upper layer uses the device any more - and what
     * that does not: an orderly removal first has the disk's holders write back and flushes the unit's cache, and only then
     * refuses. Blocks until the disk's deadlines at most. A second remover waits for the first and sees the same result;
     * a surprise overtakes an orderly removal that is still syncing. The device comes back with a rescan, as a new one.
     */
    DeviceRemovalReport remove(Removal kind);

    /**
     * Removes the disk in order and then has the unit eject its medium (START STOP UNIT with LOEJ). Blocks as {@link #remove}
     * does. If the unit refuses to eject, the report says so; the device is removed all the same.
     */
    DeviceRemovalReport eject();
}
