package org.unplug.scsi.target;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;

/**
 * Blocks of a disk, whatever is behind it. Nothing here waits for the disk: a command goes on when its request ends, on the thread
 * that ends it. Once the disk was removed every request ends GONE, and the unit has no medium.
 */
public final class DiskBacking implements Backing {

    private final DiskHandle handle;
    // Guarded by itself.
    private final ArrayDeque<Request> free = new ArrayDeque<>();

    /** @param handle the disk, opened for writing unless the unit is to be read-only; {@link #cutPower} closes it */
    public DiskBacking(DiskHandle handle) {
        this.handle = handle;
    }

    /** A bio that serves again and again, and whose it is now. */
    private final class Request implements Bio.End {
        private final Bio bio = handle.newBio().onEnd(this);
        private Io io;

        @Override
        public void ended(Bio ended) {
            Io of = io;
            BlockStatus status = ended.status();
            io = null;
            // A buffer that the driver still has is the initiator's loss, not the bio's: it is not to be set again.
            if (!ended.bufferHeld()) {
                synchronized (free) {
                    free.push(this);
                }
            }
            of.ended(status);
        }
    }

    private Request request(Io io) {
        Request request;
        synchronized (free) {
            request = free.poll();
        }
        if (request == null) {
            request = new Request();
        }
        request.io = io;
        return request;
    }

    private BlockStatus submit(Request request) {
        try {
            handle.submit(request.bio);
            return null;
        } catch (IllegalArgumentException e) {
            // Nothing was submitted: the buffers are more pieces than the disk takes.
            request.io = null;
            return BlockStatus.IOERR;
        }
    }

    @Override
    public long bytes() {
        return handle.info().capacityBytes();
    }

    @Override
    public boolean asynchronous() {
        return true;
    }

    @Override
    public BlockStatus read(Io io) {
        Request request = request(io);
        request.bio.read(sector(io), buffers(io));
        return submit(request);
    }

    @Override
    public BlockStatus write(Io io, boolean durable) {
        Request request = request(io);
        request.bio.write(sector(io), buffers(io)).fua(durable);
        return submit(request);
    }

    @Override
    public BlockStatus sync(Io io) {
        Request request = request(io);
        request.bio.flush();
        return submit(request);
    }

    @Override
    public BlockStatus discard(Io io) {
        Request request = request(io);
        request.bio.writeZeroes(sector(io), io.bytes() / DiskInfo.SECTOR_BYTES);
        return submit(request);
    }

    private static long sector(Io io) {
        return io.offsetBytes() / DiskInfo.SECTOR_BYTES;
    }

    private static ByteBuffer[] buffers(Io io) {
        ByteBuffer[] buffers = new ByteBuffer[io.segmentCount()];
        for (int i = 0; i < buffers.length; i++) {
            buffers[i] = io.segment(i);
        }
        return buffers;
    }

    /** The disk goes on without us. */
    @Override
    public void cutPower() {
        handle.close();
    }
}
