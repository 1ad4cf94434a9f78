package org.unplug.scsi.target;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;
import org.unplug.block.BlockStatus;

/**
 * A write cache that really loses: written blocks stay in memory until {@link #sync} writes them to the backing below, which must be
 * a synchronous one, and {@link #cutPower} forgets them. Its users' calls come in turn.
 */
public final class VolatileCache implements Backing {

    private final Backing below;
    private final int blockBytes;
    // Guarded by this.
    private final TreeMap<Long, byte[]> dirty = new TreeMap<>();
    private final Io inner = new Io(null);

    /** @param blockBytes how much is cached in one piece, the unit's logical block */
    public VolatileCache(Backing below, int blockBytes) {
        if (below.asynchronous()) {
            throw new IllegalArgumentException("a volatile cache needs a synchronous backing below");
        }
        this.below = below;
        this.blockBytes = blockBytes;
    }

    @Override
    public long bytes() {
        return below.bytes();
    }

    @Override
    public synchronized BlockStatus read(Io io) {
        BlockStatus status = below.read(io);
        if (!status.ok() || dirty.isEmpty()) {
            return status;
        }
        long offset = io.offsetBytes();
        for (int i = 0; i < io.segmentCount(); i++) {
            ByteBuffer segment = io.segment(i);
            for (int at = segment.position(); at < segment.limit(); ) {
                int inBlock = (int) (offset % blockBytes);
                int length = Math.min(segment.limit() - at, blockBytes - inBlock);
                byte[] newer = dirty.get(offset / blockBytes);
                if (newer != null) {
                    segment.put(at, newer, inBlock, length);
                }
                at += length;
                offset += length;
            }
        }
        return status;
    }

    @Override
    public synchronized BlockStatus write(Io io, boolean durable) {
        long offset = io.offsetBytes();
        for (int i = 0; i < io.segmentCount(); i++) {
            ByteBuffer segment = io.segment(i);
            for (int at = segment.position(); at < segment.limit(); ) {
                int inBlock = (int) (offset % blockBytes);
                int length = Math.min(segment.limit() - at, blockBytes - inBlock);
                byte[] block = dirty.get(offset / blockBytes);
                if (block == null) {
                    block = new byte[blockBytes];
                    if (length < blockBytes) {
                        BlockStatus status = below.read(on(offset / blockBytes, block));
                        if (!status.ok()) {
                            return status;
                        }
                    }
                    dirty.put(offset / blockBytes, block);
                }
                segment.get(at, block, inBlock, length);
                at += length;
                offset += length;
            }
        }
        return durable ? sync(io) : BlockStatus.OK;
    }

    private Io on(long number, byte[] block) {
        return inner.of(number * blockBytes, blockBytes, new ByteBuffer[] {ByteBuffer.wrap(block)}, 1);
    }

    @Override
    public synchronized BlockStatus sync(Io io) {
        for (Map.Entry<Long, byte[]> block : dirty.entrySet()) {
            BlockStatus status = below.write(on(block.getKey(), block.getValue()), false);
            if (!status.ok()) {
                return status;
            }
        }
        BlockStatus status = below.sync(inner.range(0, 0));
        if (status.ok()) {
            dirty.clear();
        }
        return status;
    }

    @Override
    public synchronized BlockStatus discard(Io io) {
        BlockStatus status = below.discard(io);
        if (status.ok()) {
            long first = io.offsetBytes() / blockBytes;
            dirty.subMap(first, first + io.bytes() / blockBytes).clear();
        }
        return status;
    }

    @Override
    public synchronized long mapped(long offsetBytes, long lengthBytes) {
        long run = below.mapped(offsetBytes, lengthBytes);
        if (run > 0) {
            return run;
        }
        Long newer = dirty.ceilingKey(offsetBytes / blockBytes);
        if (newer == null || newer * blockBytes >= offsetBytes - run) {
            return run;
        }
        return newer * blockBytes <= offsetBytes
                ? Math.min(lengthBytes, (newer + 1) * blockBytes - offsetBytes)
                : offsetBytes - newer * blockBytes;
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
