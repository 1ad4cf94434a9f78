package org.unplug.driver.ram;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.unplug.block.BlockStatus;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.QueueLimits;
import org.unplug.block.spi.Request;

/**
 * A disk in direct memory, as the kernel's brd. Completes every request inside {@link #queueRequest}, and so has nothing to
 * commit, to cancel or to wait for.
 *
 * <p>Memory comes in chunks when they are first written, and goes when a whole one is discarded or zeroed: a large disk is
 * cheap while it is empty, and a write that finds no memory left fails NOSPACE. What was never written reads as zeroes. A read that may
 * borrow is lent the chunk that it lies in.
 */
public final class RamDriver implements DiskDriver {

    private static final int CHUNK_BYTES = 1 << 20;
    private static final int SECTOR_BYTES = 512;
    private static final ByteBuffer ZEROES =
            ByteBuffer.allocateDirect(CHUNK_BYTES).asReadOnlyBuffer();

    private final long bytes;
    private final QueueLimits limits;
    private final AtomicReferenceArray<ByteBuffer> chunks;

    /** @throws IllegalArgumentException if the size is not a positive multiple of the block */
    public RamDriver(long bytes, int logicalBlockBytes) {
        limits = QueueLimits.DEFAULT
                .withLogicalBlockBytes(logicalBlockBytes)
                .withDiscard(true)
                .withWriteZeroes(true);
        if (bytes <= 0 || bytes % logicalBlockBytes != 0) {
            throw new IllegalArgumentException("RAM disk of " + bytes + " bytes: must be a positive multiple of the "
                    + logicalBlockBytes + " byte block");
        }
        long count = (bytes + CHUNK_BYTES - 1) / CHUNK_BYTES;
        if (count > Integer.MAX_VALUE / 8) {
            throw new IllegalArgumentException("RAM disk of " + bytes + " bytes: too large");
        }
        this.bytes = bytes;
        chunks = new AtomicReferenceArray<>((int) count);
    }

    /** What to add this as. */
    public DiskSpec spec(String prefix) {
        return DiskSpec.of(prefix, bytes / SECTOR_BYTES).withBus("ram").withLimits(limits);
    }

    @Override
    public boolean queueRequest(Request request) {
        request.complete(perform(request));
        return true;
    }

    private BlockStatus perform(Request request) {
        try {
            switch (request.op()) {
                case READ -> {
                    if (!lend(request)) {
                        move(request);
                    }
                }
                case WRITE -> move(request);
                case DISCARD, WRITE_ZEROES -> zero(request.sector() * SECTOR_BYTES, request.sectors() * SECTOR_BYTES);
                case FLUSH -> {}
            }
            return BlockStatus.OK;
        } catch (OutOfMemoryError full) {
            return BlockStatus.NOSPACE;
        }
    }

    /** Lends what lies in one chunk. A chunk that is dropped later lives on in its loans. */
    private boolean lend(Request request) {
        long at = request.sector() * SECTOR_BYTES;
        int offset = (int) (at % CHUNK_BYTES);
        long length = request.sectors() * SECTOR_BYTES;
        boolean lends = length <= CHUNK_BYTES - offset && request.mayLend();
        if (lends) {
            request.lend(chunkToRead(at).slice(offset, (int) length));
        }
        return lends;
    }

    private void move(Request request) {
        long at = request.sector() * SECTOR_BYTES;
        for (int i = 0; i < request.segmentCount(); i++) {
            ByteBuffer segment = request.segment(i);
            int from = segment.position();
            while (from < segment.limit()) {
                int offset = (int) (at % CHUNK_BYTES);
                int length = Math.min(segment.limit() - from, CHUNK_BYTES - offset);
                if (request.op().modifies()) {
                    chunkToWrite(at).put(offset, segment, from, length);
                } else {
                    segment.put(from, chunkToRead(at), offset, length);
                }
                from += length;
                at += length;
            }
        }
    }

    private void zero(long from, long length) {
        long at = from;
        long end = from + length;
        while (at < end) {
            int offset = (int) (at % CHUNK_BYTES);
            int part = (int) Math.min(end - at, CHUNK_BYTES - offset);
            int index = (int) (at / CHUNK_BYTES);
            if (part == CHUNK_BYTES) {
                chunks.set(index, null);
            } else if (chunks.get(index) != null) {
                chunkToWrite(at).put(offset, ZEROES, 0, part);
            }
            at += part;
        }
    }

    private ByteBuffer chunkToRead(long at) {
        ByteBuffer chunk = chunks.get((int) (at / CHUNK_BYTES));
        return chunk == null ? ZEROES : chunk;
    }

    private ByteBuffer chunkToWrite(long at) {
        int index = (int) (at / CHUNK_BYTES);
        ByteBuffer chunk = chunks.get(index);
        if (chunk == null) {
            ByteBuffer fresh = ByteBuffer.allocateDirect(CHUNK_BYTES);
            // Another writer of the same chunk may have been faster.
            chunk = chunks.compareAndSet(index, null, fresh) ? fresh : chunkToWrite(at);
        }
        return chunk;
    }

    /** How much memory it has taken. */
    long allocatedBytes() {
        long count = 0;
        for (int i = 0; i < chunks.length(); i++) {
            count += chunks.get(i) == null ? 0 : 1;
        }
        return count * CHUNK_BYTES;
    }
}
