package org.unplug.mmc.internal.blk;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A part of the data in several buffers. */
final class Cut {

    private Cut() {}

    /** Buffers over the bytes from an offset on; those given stay as they are. */
    static ByteBuffer[] of(ByteBuffer[] all, long offsetBytes, long bytes) {
        List<ByteBuffer> parts = new ArrayList<>();
        long skip = offsetBytes;
        long left = bytes;
        for (ByteBuffer buffer : all) {
            int here = buffer.remaining();
            if (skip >= here) {
                skip -= here;
                continue;
            }
            int from = buffer.position() + (int) skip;
            int length = (int) Math.min(left, here - skip);
            if (length > 0) {
                parts.add(buffer.duplicate().limit(from + length).position(from));
            }
            skip = 0;
            left -= length;
        }
        return parts.toArray(new ByteBuffer[0]);
    }
}
