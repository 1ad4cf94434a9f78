package org.unplug.export.nbd.internal;

import java.nio.ByteBuffer;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.nbd.NbdError;
import org.unplug.nbd.Transmission;

/**
 * Answers BLOCK_STATUS by looking: reads, and tells what is all zeroes from what is not. A disk does not say what it has
 * allocated, but a copy that need not fetch zeroes over the network is what clients ask for. One answer covers a few MiB at
 * most; the client asks again for the rest.
 */
final class Scan {

    private static final int GRANULE_BYTES = 64 << 10;
    private static final long MOST_BYTES = 4 << 20;
    private static final ByteBuffer ZEROES =
            ByteBuffer.allocateDirect(GRANULE_BYTES).asReadOnlyBuffer();

    private final DiskHandle handle;

    Scan(DiskHandle handle) {
        this.handle = handle;
    }

    /** How much memory to take for a request of this length. */
    static int slotBytes(long length) {
        return (int) Math.min(length, SlotPool.PIECE_BYTES);
    }

    /** Sets the first read; the caller submits. */
    void begin(Operation operation) {
        operation.extents = new Extents();
        operation.done = 0;
        set(operation);
    }

    private void set(Operation operation) {
        long left = Math.min(operation.length, MOST_BYTES) - operation.done;
        ByteBuffer data = operation.slot.data();
        data.clear().limit((int) Math.min(left, data.capacity()));
        operation.bio().read((operation.offset + operation.done) / DiskInfo.SECTOR_BYTES, data);
    }

    /** A read has ended; whether that was the last, and {@code error} and {@code extents} say what is to be answered. */
    boolean ended(Operation operation) {
        BlockStatus status = operation.bio().status();
        if (status != BlockStatus.OK) {
            operation.error = NbdError.of(status);
            return true;
        }
        boolean full = look(operation);
        boolean onlyOne = (operation.flags & Transmission.FLAG_REQ_ONE) != 0;
        if (full
                || onlyOne && operation.extents.count() > 1
                || operation.done == Math.min(operation.length, MOST_BYTES)) {
            if (onlyOne) {
                operation.extents.onlyFirst();
            }
            return true;
        }
        set(operation);
        handle.submit(operation.bio());
        return false;
    }

    /** Whether there is no room for more. */
    private static boolean look(Operation operation) {
        ByteBuffer data = operation.slot.data();
        int at = 0;
        while (at < data.limit()) {
            long place = operation.offset + operation.done;
            int length = (int) Math.min(data.limit() - at, GRANULE_BYTES - place % GRANULE_BYTES);
            boolean zero = data.slice(at, length).mismatch(ZEROES.slice(0, length)) < 0;
            if (!operation.extents.add(length, zero ? Extents.ZEROES : Extents.DATA)) {
                return true;
            }
            at += length;
            operation.done += length;
        }
        return false;
    }
}
