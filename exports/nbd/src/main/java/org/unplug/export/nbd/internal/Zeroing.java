package org.unplug.export.nbd.internal;

import java.nio.ByteBuffer;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.nbd.NbdError;
import org.unplug.nbd.Transmission;

/**
 * WRITE_ZEROES: by the disk where it can, else by hand, one write after the other; by hand also where the client wants space
 * to be taken, which a disk's own zeroing may give up.
 */
final class Zeroing {

    private static final ByteBuffer ZEROES =
            ByteBuffer.allocateDirect(SlotPool.PIECE_BYTES).asReadOnlyBuffer();
    private static final int BY_THE_DISK = -1;

    private final DiskHandle handle;
    private volatile boolean diskCannot;

    Zeroing(DiskHandle handle) {
        this.handle = handle;
    }

    /** Sets the first bio, which the caller submits; false if the operation is over at once. */
    boolean begin(Operation operation) {
        if (diskCannot || (operation.flags & Transmission.FLAG_NO_HOLE) != 0) {
            return byHand(operation);
        }
        operation.done = BY_THE_DISK;
        operation
                .bio()
                .writeZeroes(operation.offset / DiskInfo.SECTOR_BYTES, operation.length / DiskInfo.SECTOR_BYTES)
                .fua(isFua(operation));
        return true;
    }

    private static boolean isFua(Operation operation) {
        return (operation.flags & Transmission.FLAG_FUA) != 0;
    }

    private static boolean byHand(Operation operation) {
        if ((operation.flags & Transmission.FLAG_FAST_ZERO) != 0) {
            operation.error = NbdError.ENOTSUP;
            return false;
        }
        operation.done = 0;
        set(operation);
        return true;
    }

    private static void set(Operation operation) {
        int length = (int) Math.min(operation.length - operation.done, ZEROES.capacity());
        operation
                .bio()
                .write((operation.offset + operation.done) / DiskInfo.SECTOR_BYTES, ZEROES.slice(0, length))
                .fua(isFua(operation));
    }

    /** A bio has ended; whether the operation has. */
    boolean ended(Operation operation) {
        BlockStatus status = operation.bio().status();
        if (operation.done == BY_THE_DISK && status == BlockStatus.NOTSUPP) {
            diskCannot = true;
            if (!byHand(operation)) {
                return true;
            }
        } else if (operation.done == BY_THE_DISK || status != BlockStatus.OK) {
            operation.error = NbdError.of(status);
            return true;
        } else {
            operation.done += operation.bio().sectors() * DiskInfo.SECTOR_BYTES;
            if (operation.done == operation.length) {
                operation.error = NbdError.OK;
                return true;
            }
            set(operation);
        }
        handle.submit(operation.bio());
        return false;
    }
}
