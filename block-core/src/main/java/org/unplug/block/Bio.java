package org.unplug.block;

import java.nio.ByteBuffer;

/**
 * One piece of block I/O: an operation, a run of sectors, and buffers whose bytes between position and limit are the data.
 * Made by {@link DiskHandle#newBio}, set, submitted, and after its end set again: a bio can serve for ever without
 * allocation. Not for concurrent use by its owner; the core's accesses are ordered around submit and end.
 *
 * <p>Buffers are passed down uncopied. Neither core nor driver changes their position or limit.
 */
public interface Bio {

    /** Told when a bio ended. Runs on the completing thread, must not block, and may set and submit the same bio again. */
    @FunctionalInterface
    interface End {
        void ended(Bio bio);
    }

    /** Asks to read the buffer's remaining bytes. */
    Bio read(long sector, ByteBuffer into);

    /** Asks to read into several buffers, in order; the array belongs to the bio until it ended. */
    Bio read(long sector, ByteBuffer[] into);

    /** Asks to write the buffer's remaining bytes. */
    Bio write(long sector, ByteBuffer from);

    /** Asks to write several buffers, in order; the array belongs to the bio until it ended. */
    Bio write(long sector, ByteBuffer[] from);

    /** Asks that all completed writes become durable. */
    Bio flush();

    /** Asks to discard; fails NOTSUPP where {@link BioOp#DISCARD} is not had. */
    Bio discard(long sector, long sectors);

    /** Asks for zeroes; fails NOTSUPP where the driver has no such operation. */
    Bio writeZeroes(long sector, long sectors);

    /** Makes this write durable by itself when it ends OK (forced unit access). Set after the operation. */
    Bio fua(boolean durable);

    /**
     * Says that this read may borrow: a driver whose data lies in memory may lend that memory instead of filling the buffers; the
     * owner looks with {@link #takeLoan}, and finds the data in its buffers where there is none. Set after the operation. Has no
     * effect on any other operation, nor where the core ignores it, as it does by default.
     */
    default Bio mayBorrow(boolean may) {
        return this;
    }

    /**
     * What the driver lent for a read that ended OK, and forgets it; null if the data is in the buffers. From position to limit it is
     * all of what was read, read-only. It stays readable for as long as somebody refers to it, even when the disk is gone; what is
     * written to the disk meanwhile may show in it, as in a read that lasts until then. To be called by the owner, once the bio has
     * ended; a loan that is not taken is kept until the bio is submitted again.
     */
    default ByteBuffer takeLoan() {
        return null;
    }

    /** What to do at the end; null for nothing. Kept until changed. */
    Bio onEnd(End end);

    BioOp op();

    long sector();

    /** Its length in sectors. */
    long sectors();

    boolean isFua();

    /** How it ended; null while it is under way or was never submitted. */
    BlockStatus status();

    /**
     * Whether the core ended this over the head of a driver that has not let go of the buffers: it may still read or write
     * them at any time. Such a buffer must not return to any pool; drop it for the garbage collector.
     */
    boolean bufferHeld();
}
