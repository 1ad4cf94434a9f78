package org.unplug.driver.cow;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.unplug.block.BioOp;
import org.unplug.block.stack.Fan;

/** Memory, taken a chunk at a time as places are used. */
final class RamStore implements CowStore {

    private static final int CHUNK_BYTES = 1 << 16;

    private final int blockBytes;
    private final long places;
    private final AtomicReferenceArray<ByteBuffer> chunks;

    RamStore(long bytes, int blockBytes) {
        this.blockBytes = blockBytes;
        places = bytes / blockBytes;
        chunks = new AtomicReferenceArray<>((int) ((bytes + CHUNK_BYTES - 1) / CHUNK_BYTES));
    }

    @Override
    public long places() {
        return places;
    }

    private ByteBuffer chunk(int index) {
        ByteBuffer chunk = chunks.get(index);
        if (chunk == null) {
            chunks.compareAndSet(index, null, ByteBuffer.allocate(CHUNK_BYTES));
            chunk = chunks.get(index);
        }
        return chunk;
    }

    @Override
    public void send(Fan fan, long place, long offsetSectors, long sectors) {
        long at = place * blockBytes;
        boolean write = fan.request().op() == BioOp.WRITE;
        for (ByteBuffer segment : Fan.part(fan.request(), offsetSectors, sectors)) {
            int done = 0;
            while (done < segment.remaining()) {
                int inChunk = (int) (at % CHUNK_BYTES);
                int length = Math.min(segment.remaining() - done, CHUNK_BYTES - inChunk);
                ByteBuffer chunk = chunk((int) (at / CHUNK_BYTES));
                if (write) {
                    chunk.put(inChunk, segment, segment.position() + done, length);
                } else {
                    segment.put(segment.position() + done, chunk, inChunk, length);
                }
                done += length;
                at += length;
            }
        }
    }

    @Override
    public void flush(Fan fan) {}
}
