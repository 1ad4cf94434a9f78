package org.unplug.scsi.spi;

import java.nio.ByteBuffer;
import org.unplug.scsi.ScsiAddress;
import org.unplug.scsi.ScsiStatus;

/**
 * What a driver gets to do. Preallocated by the core and used again; the driver owns it from {@link ScsiHost#queueCommand}
 * until it calls {@link #complete}, and must not touch it afterwards.
 */
public interface ScsiCommand {

    /** The length of {@link #sense}. */
    int SENSE_BYTES = 96;

    /** Which way data moves. */
    enum Direction {
        NONE,
        FROM_DEVICE,
        TO_DEVICE
    }

    /** The unit that it is for. */
    ScsiAddress address();

    /**
     * Whom at that address it is for: what {@link ScsiHost#unitAt} answered when the core looked there. Null if that did, and once
     * the device is removed.
     */
    default Object unit() {
        return null;
    }

    /** The command descriptor block, from index 0; the core's array, only to be read. */
    byte[] cdb();

    /** How much of {@link #cdb} counts. */
    int cdbLength();

    Direction direction();

    /** How many buffers there are. */
    int segmentCount();

    /**
     * A buffer, uncopied from whoever asked: the bytes from its position to its limit are the data. The driver leaves position
     * and limit as they are, so it uses absolute access or a duplicate.
     */
    ByteBuffer segment(int index);

    /** How many bytes all buffers hold. */
    int transferBytes();

    /** After how many milliseconds the core will ask to {@linkplain ScsiHost#abort let it go}. */
    long timeoutMs();

    /** Where the driver puts sense data, from index 0, before it completes with CHECK CONDITION. */
    byte[] sense();

    /** A place for the driver's own use while it owns the command; null when the command comes. */
    Object driverData();

    void setDriverData(Object data);

    /**
     * Ends the command; called once. The submitter's next command may be queued from inside this call: hold no lock that
     * {@link ScsiHost#queueCommand} takes. A second call is a driver's mistake; it is counted, and has no effect if the core
     * can tell.
     *
     * @param host how the adapter fared; if not OK the rest means nothing
     * @param status the unit's status
     * @param senseBytes how much of {@link #sense} counts
     * @param residualBytes how many bytes of {@link #transferBytes} were not moved
     */
    void complete(HostByte host, ScsiStatus status, int senseBytes, int residualBytes);

    /** Ends the command: it worked, and every byte was moved. */
    default void completeGood() {
        complete(HostByte.OK, ScsiStatus.GOOD, 0, 0);
    }

    /** Ends the command: it did not reach the unit. */
    default void completeFailed(HostByte host) {
        complete(host, ScsiStatus.GOOD, 0, transferBytes());
    }
}
