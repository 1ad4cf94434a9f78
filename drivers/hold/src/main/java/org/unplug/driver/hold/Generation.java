package org.unplug.driver.hold;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongPredicate;
import java.util.zip.CRC32C;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.block.spi.Request;

/**
 * What tells whether a medium's content is what we left there: CRC-32C sums of blocks, kept as they were last written through.
 *
 * <p>The blocks are: the first 64 KiB, where tables, boot sectors and the beginnings of allocation tables lie, and whose
 * dirty flags a mount elsewhere changes; the last 32 KiB, where GPT keeps its backup; 64 blocks spread evenly; and the last 65,536
 * blocks that were written, since whoever changes a file system changes what was changed last. A change elsewhere that
 * touches none of these is not seen: this guards against a medium that was used in between, not against a forger.
 *
 * <p>Thread-safe.
 */
final class Generation {

    private static final long HEAD_BYTES = 1 << 16;
    private static final long TAIL_BYTES = 1 << 15;
    private static final int SPREAD = 64;
    private static final int RECENT = 1 << 16;
    private static final int RUN_BYTES = 1 << 18;

    private final int blockBytes;
    /** By block; guarded by this. */
    private final Map<Long, Integer> samples = new TreeMap<>();

    private final Map<Long, Integer> recent = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Integer> eldest) {
            return size() > RECENT;
        }
    };

    private Generation(int blockBytes) {
        this.blockBytes = blockBytes;
    }

    /** Takes the sums of a disk as it is; blocks. */
    static Generation of(DiskHandle disk) throws IOException {
        int blockBytes = disk.info().logicalBlockBytes();
        long blocks = disk.info().capacityBytes() / blockBytes;
        Generation generation = new Generation(blockBytes);
        TreeSet<Long> chosen = new TreeSet<>();
        for (long block = 0; block < Math.min(blocks, HEAD_BYTES / blockBytes); block++) {
            chosen.add(block);
        }
        for (long block = Math.max(0, blocks - TAIL_BYTES / blockBytes); block < blocks; block++) {
            chosen.add(block);
        }
        for (int i = 0; i < SPREAD; i++) {
            chosen.add(blocks / SPREAD * i);
        }
        generation.visit(disk, chosen, generation.samples::put);
        return generation;
    }

    int blockSectors() {
        return blockBytes / DiskInfo.SECTOR_BYTES;
    }

    private interface Visitor {
        void block(long block, int crc) throws IOException;
    }

    /** Reads blocks, neighbours together, and sums each. */
    private void visit(DiskHandle disk, SortedSet<Long> blocks, Visitor visitor) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(RUN_BYTES);
        long first = -1;
        long count = 0;
        for (Long block : blocks) {
            if (count > 0 && (block != first + count || (count + 1) * blockBytes > RUN_BYTES)) {
                readRun(disk, first, count, buffer, visitor);
                count = 0;
            }
            if (count == 0) {
                first = block;
            }
            count++;
        }
        if (count > 0) {
            readRun(disk, first, count, buffer, visitor);
        }
    }

    private void readRun(DiskHandle disk, long first, long count, ByteBuffer buffer, Visitor visitor)
            throws IOException {
        disk.read(first * blockSectors(), buffer.slice(0, (int) count * blockBytes));
        for (int i = 0; i < count; i++) {
            visitor.block(first + i, crc(buffer.slice(i * blockBytes, blockBytes)));
        }
    }

    private static int crc(ByteBuffer bytes) {
        CRC32C sum = new CRC32C();
        sum.update(bytes);
        return (int) sum.getValue();
    }

    /** A write has gone through. The data is the request's, contiguous. */
    void wrote(Request request, ByteBuffer data) {
        long block = request.sector() / blockSectors();
        int count = (int) (request.sectors() / blockSectors());
        int[] sums = new int[count];
        for (int i = 0; i < count; i++) {
            sums[i] = crc(data.slice(i * blockBytes, blockBytes));
        }
        synchronized (this) {
            for (int i = 0; i < count; i++) {
                samples.computeIfPresent(block + i, keep(sums[i]));
                recent.put(block + i, sums[i]);
            }
        }
    }

    private static java.util.function.BiFunction<Long, Integer, Integer> keep(int sum) {
        return (block, old) -> sum;
    }

    /** A run has no known content any more: zeroed or discarded in the device's own way. */
    synchronized void forget(long sector, long sectors) {
        long from = sector / blockSectors();
        long to = from + sectors / blockSectors();
        samples.keySet().removeIf(block -> block >= from && block < to);
        recent.keySet().removeIf(block -> block >= from && block < to);
    }

    /**
     * Compares a disk with what is known; blocks.
     *
     * @param excused by block: what may differ, since writes of it were under way or not flushed
     * @throws IOException naming the first difference, or the error in reading
     */
    void verify(DiskHandle disk, LongPredicate excused) throws IOException {
        Map<Long, Integer> expected;
        synchronized (this) {
            expected = new TreeMap<>(samples);
            expected.putAll(recent);
        }
        expected.keySet().removeIf(excused::test);
        visit(disk, new TreeSet<>(expected.keySet()), (block, crc) -> {
            if (expected.get(block) != crc) {
                throw new IOException(
                        "its content was changed in between: sector " + block * blockSectors() + " differs");
            }
        });
    }
}
