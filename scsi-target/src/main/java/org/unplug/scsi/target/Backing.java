package org.unplug.scsi.target;

import org.unplug.block.BlockStatus;

/**
 * Where a unit's blocks are. Several threads may call at once. The server has checked that an {@link Io} fits, and lets no two writes
 * to the same bytes overlap when one of them is part of an atomic command.
 *
 * <p>Each operation either ends before it returns, and returns how it ended, or returns null and later, from any thread, perhaps
 * before it returned, calls {@link Io#ended} once. Only backings that may do the latter are {@link #asynchronous}. The {@code Io} and
 * its buffers are the backing's until the operation ended.
 *
 * <p>{@link BlockStatus#GONE} means that there are no blocks any more: the unit has no medium from then on.
 */
public interface Backing {

    /** How many bytes there are. */
    long bytes();

    /** Whether operations may end later; the server then keeps a task set for the unit. Constant. */
    default boolean asynchronous() {
        return false;
    }

    /** Fills the buffers. */
    BlockStatus read(Io io);

    /** Writes the buffers. With {@code durable} they are on the medium when it ends. */
    BlockStatus write(Io io, boolean durable);

    /** Makes everything that was written durable. */
    BlockStatus sync(Io io);

    /**
     * Makes the range, which has no buffers, read as zeroes and gives its room back as far as that is possible;
     * {@link BlockStatus#NOTSUPP} if it cannot, and the server writes zeroes instead where it must.
     */
    BlockStatus discard(Io io);

    /**
     * Tells what is mapped: the sign is plus for mapped and minus for deallocated, the amount how many bytes from the offset on are the
     * same, more than 0 and at most the given length; may stop early. Never blocks. A backing that does not know says mapped.
     */
    default long mapped(long offsetBytes, long lengthBytes) {
        return lengthBytes;
    }

    /** What a power cut would lose now, in bytes. */
    default long unwrittenBytes() {
        return 0;
    }

    /** The power is cut: loses what it may lose and lets its resources go. No operation is under way, and none follows. */
    void cutPower();
}
