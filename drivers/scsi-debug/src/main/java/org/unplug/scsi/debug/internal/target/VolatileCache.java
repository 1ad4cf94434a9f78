package org.unplug.scsi.debug.internal.target;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * A write cache that really loses: written blocks stay in memory until {@link #sync} writes them to the store below, and
 * {@link #cutPower} forgets them. Its users' calls come in turn.
 */
public final class VolatileCache implements Store {

    private final Store below;
    private final int blockBytes;
    private final Map<Long, byte[]> dirty = new HashMap<>();

    public VolatileCache(Store below, int blockBytes) {
        this.below = below;
        this.blockBytes = blockBytes;
    }

    @Override
    public long bytes() {
        return below.bytes();
    }

    @Override
    public synchronized void read(long offsetBytes, ByteBuffer segment) throws IOException {
        below.read(offsetBytes, segment);
        long block = offsetBytes / blockBytes;
        for (int at = segment.position(); at < segment.limit(); at += blockBytes) {
            byte[] newer = dirty.get(block++);
            if (newer != null) {
                segment.put(at, newer);
            }
        }
    }

    @Override
    public synchronized void write(long offsetBytes, ByteBuffer segment) {
        long block = offsetBytes / blockBytes;
        for (int at = segment.position(); at < segment.limit(); at += blockBytes) {
            segment.get(at, dirty.computeIfAbsent(block++, any -> new byte[blockBytes]));
        }
    }

    @Override
    public synchronized void sync() throws IOException {
        for (Map.Entry<Long, byte[]> block : dirty.entrySet()) {
            below.write(block.getKey() * blockBytes, ByteBuffer.wrap(block.getValue()));
        }
        below.sync();
        dirty.clear();
    }

    @Override
    public synchronized long unwrittenBytes() {
        return (long) dirty.size() * blockBytes;
    }

    @Override
    public synchronized void cutPower() {
        dirty.clear();
        below.cutPower();
    }
}
