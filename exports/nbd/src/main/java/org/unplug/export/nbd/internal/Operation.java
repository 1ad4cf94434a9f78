package org.unplug.export.nbd.internal;

import org.unplug.block.Bio;
import org.unplug.block.DiskHandle;

/**
 * A request under way, or a piece of a long one: serves for ever, one request after the other. Belongs to the reading thread
 * until it is submitted, to the disk until that ends it, and to the outbox from then on.
 */
final class Operation implements Bio.End {

    private final Dispatcher dispatcher;
    private final Bio bio;

    /** Link in the one list that it is in: free, ended, or to be sent. */
    Operation next;

    int command;
    int flags;
    long cookie;
    /** Of this piece. */
    long offset;

    long length;
    /** Where the request that this is a piece of begins; what an extended reply bears. */
    long requestOffset;
    /** How it ended, as an {@link org.unplug.nbd.NbdError}. */
    int error;
    /** Memory for data; null where there is none. */
    Slot slot;
    /** The request that this is a piece of; null for a whole one. */
    Pieces pieces;
    /** How far a chain of bios for this one operation has come: zeroes written by hand, or a scan. */
    long done;
    /** For BLOCK_STATUS: what was found so far. */
    Extents extents;
    /** Of the pieces that were sent so far, this is the last one of its reply. */
    boolean last;

    Operation(Dispatcher dispatcher, DiskHandle handle) {
        this.dispatcher = dispatcher;
        this.bio = handle.newBio().onEnd(this);
    }

    Bio bio() {
        return bio;
    }

    /** What it takes of the connection's memory. */
    int slotBytes() {
        return slot == null ? 0 : slot.bytes();
    }

    @Override
    public void ended(Bio same) {
        dispatcher.ended(this);
    }
}
