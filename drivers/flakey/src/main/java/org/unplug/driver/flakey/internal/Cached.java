package org.unplug.driver.flakey.internal;

import java.nio.ByteBuffer;
import java.util.Map;
import org.unplug.block.BlockStatus;
import org.unplug.block.spi.Request;
import org.unplug.block.stack.Passage;

/** A request; for a read that goes down, with what lies over the lower disk's content. */
final class Cached extends Passage {

    private Map<Long, ByteBuffer> overlay = Map.of();

    void down(Map<Long, ByteBuffer> over) {
        overlay = over;
        passDown();
    }

    @Override
    protected void passed(BlockStatus status, boolean held) {
        Map<Long, ByteBuffer> over = overlay;
        overlay = Map.of();
        if (status == BlockStatus.OK) {
            over.forEach(this::lay);
        }
        end(status, held);
    }

    /** Puts one sector's bytes into the request's buffers. */
    private void lay(long sector, ByteBuffer content) {
        Request request = request();
        int skip = (int) (sector - request.sector()) * VolatileCache.SECTOR;
        int done = 0;
        for (int i = 0; i < request.segmentCount() && done < content.remaining(); i++) {
            ByteBuffer segment = request.segment(i);
            int bytes = segment.remaining();
            if (skip >= bytes) {
                skip -= bytes;
                continue;
            }
            int length = Math.min(bytes - skip, content.remaining() - done);
            segment.put(segment.position() + skip, content, done, length);
            done += length;
            skip = 0;
        }
    }
}
