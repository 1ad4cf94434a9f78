package org.unplug.block.spi;

import java.nio.ByteBuffer;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;

/**
 * What a driver gets to do. Preallocated by the core, one for each {@link #tag}; the driver owns it from
 * {@link DiskDriver#queueRequest} until it calls {@link #complete}, and must not touch it afterwards.
 */
public interface Request {

    /** Below the queue depth; no two requests inside the driver bear the same. */
    int tag();

    BioOp op();

    /** Where it begins, in sectors of 512 bytes on this disk. */
    long sector();

    /** How long it is, in sectors. */
    long sectors();

    /** How many buffers there are, for READ and WRITE. */
    int segmentCount();

    /**
     * A buffer: the bytes from its position to its limit are the data. The driver leaves position and limit as they are, so it
     * uses absolute access or a duplicate.
     */
    ByteBuffer segment(int index);

    /** Whether this write must be durable when completed; only where the limits say that the driver can. */
    boolean fua();

    /**
     * Whether {@link #lend} may answer this read: its submitter takes loans, and the request is the whole of what was submitted.
     */
    default boolean mayLend() {
        return false;
    }

    /**
     * Lends memory to a read instead of filling its buffers; {@link #complete} with OK comes next, with any other status the loan
     * counts for nothing. The driver gives the memory away for good: it must stay readable for as long as anybody refers to it,
     * whatever becomes of disk and driver, as memory of the garbage collector's does. What the driver writes to it later may be seen.
     *
     * @param memory from position to limit exactly the data; handed on read-only
     * @throws IllegalStateException if this request {@linkplain #mayLend may not}
     * @throws IllegalArgumentException if that is not as much as is to be read
     */
    default void lend(ByteBuffer memory) {
        throw new IllegalStateException("this request takes no loan: " + this);
    }

    /** The incarnation of the disk that this was submitted to. */
    long epoch();

    /** Whether the core has ended this already, so that only letting go remains. A glimpse. */
    boolean isAbandoned();

    /**
     * Ends the request, or, if the core ended it already, says that its buffers are let go. The submitter's end action may
     * run inside this call and may submit again, which may call the driver: hold no lock that {@link DiskDriver#queueRequest}
     * takes.
     *
     * <p>Called once for each accepted request. A second call is a driver's mistake; it is counted, reported and has no
     * effect if the core can tell.
     */
    void complete(BlockStatus status);

    /**
     * As {@link #complete}, for a disk over a disk: when the lower bio's buffers are still held by a lower driver, this one's
     * are.
     */
    void complete(BlockStatus status, boolean bufferHeld);
}
