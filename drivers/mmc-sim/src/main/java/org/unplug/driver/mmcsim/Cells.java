package org.unplug.driver.mmcsim;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A card's memory: its areas - one, or those of an eMMC: user, boot and replay protected - and, where it has one, the volatile
 * cache before the user area.
 *
 * <p>The monitor is taken for one chunk after another, so that {@link #pull} waits for a chunk at most and nothing touches the
 * image afterwards. What is in the cache then is lost.
 */
final class Cells {

    static final int BLOCK_BYTES = 512;

    /** Thrown by every access once the card was pulled. */
    static final class PulledException extends IOException {
        private static final long serialVersionUID = 1;
    }

    private final List<Media> areas;
    private final int cacheBlocks;
    private final Map<Long, byte[]> cache = new HashMap<>();
    private final long userBytes;
    private boolean cacheOn;
    private boolean pulled;

    /**
     * Cells in areas, the user's first.
     *
     * @param userBytes how much of the first is used
     * @param cacheBlocks how many blocks the cache holds; 0 for none
     */
    Cells(List<Media> areas, long userBytes, int cacheBlocks) {
        this.areas = areas;
        this.userBytes = userBytes;
        this.cacheBlocks = cacheBlocks;
    }

    /** Size of an area; 0 if there is none of that number. */
    long bytes(int area) {
        if (area == 0) {
            return userBytes;
        }
        return area < areas.size() ? areas.get(area).bytes() : 0;
    }

    boolean isReadOnly() {
        return areas.get(0).isReadOnly();
    }

    boolean isMemory() {
        return areas.get(0).isMemory();
    }

    synchronized void cache(boolean on) throws IOException {
        check();
        if (!on) {
            flush();
        }
        cacheOn = on && cacheBlocks > 0;
    }

    synchronized int cachedBlocks() {
        return cache.size();
    }

    synchronized void flush() throws IOException {
        check();
        for (Map.Entry<Long, byte[]> block : cache.entrySet()) {
            areas.get(0).write(block.getKey() * BLOCK_BYTES, ByteBuffer.wrap(block.getValue()), 0, BLOCK_BYTES);
        }
        cache.clear();
    }

    /** Supply went: what was not flushed is lost. */
    synchronized void powerCut() {
        cache.clear();
        cacheOn = false;
    }

    /** Whole blocks, into a part of a buffer, whose position and limit stay. */
    synchronized void read(int area, long at, ByteBuffer into, int index, int length) throws IOException {
        check();
        areas.get(area).read(at, into, index, length);
        if (area == 0 && !cache.isEmpty()) {
            for (int done = 0; done < length; done += BLOCK_BYTES) {
                byte[] block = cache.get((at + done) / BLOCK_BYTES);
                if (block != null) {
                    into.put(index + done, block);
                }
            }
        }
    }

    /** Whole blocks, from a part of a buffer, whose position and limit stay. */
    synchronized void write(int area, long at, ByteBuffer from, int index, int length) throws IOException {
        check();
        if (area != 0 || !cacheOn) {
            areas.get(area).write(at, from, index, length);
            return;
        }
        for (int done = 0; done < length; done += BLOCK_BYTES) {
            if (cache.size() >= cacheBlocks) {
                flush();
            }
            byte[] block = new byte[BLOCK_BYTES];
            from.get(index + done, block);
            cache.put((at + done) / BLOCK_BYTES, block);
        }
    }

    synchronized void zero(int area, long at, long length) throws IOException {
        check();
        if (area == 0 && !cache.isEmpty()) {
            cache.keySet().removeIf(block -> block * BLOCK_BYTES >= at && block * BLOCK_BYTES < at + length);
        }
        areas.get(area).zero(at, length);
    }

    private void check() throws PulledException {
        if (pulled) {
            throw new PulledException();
        }
    }

    /** The same areas once more, after {@link #pull}; they must all be in memory. */
    Cells again() {
        return new Cells(areas, userBytes, cacheBlocks);
    }

    /** Taken out: waits for the chunk that is being moved, if any; nothing touches the cells any more. */
    synchronized void pull() throws IOException {
        if (pulled) {
            return;
        }
        pulled = true;
        cache.clear();
        IOException failed = null;
        for (Media area : areas) {
            try {
                area.close();
            } catch (IOException e) {
                failed = e;
            }
        }
        if (failed != null) {
            throw failed;
        }
    }
}
