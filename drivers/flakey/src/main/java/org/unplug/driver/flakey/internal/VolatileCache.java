package org.unplug.driver.flakey.internal;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.unplug.block.DiskInfo;
import org.unplug.block.spi.Request;
import org.unplug.driver.flakey.PowerControl.Fate;

/**
 * Writes that are not flushed: each as it came, for their fate, and each sector's newest content, for reading and flushing. Not
 * thread-safe.
 */
final class VolatileCache {

    static final int SECTOR = DiskInfo.SECTOR_BYTES;
    private static final int RUN_SECTORS = 2048;

    private final List<Write> writes = new ArrayList<>();
    private final TreeMap<Long, Place> newest = new TreeMap<>();
    private long bytes;

    /** A run of sectors to be written. */
    record Write(long sector, ByteBuffer data) {
        int sectors() {
            return data.remaining() / SECTOR;
        }

        ByteBuffer at(int index) {
            return data.slice(index * SECTOR, SECTOR);
        }

        Write part(int from, int count) {
            return new Write(sector + from, data.slice(from * SECTOR, count * SECTOR));
        }
    }

    private record Place(Write write, int index) {}

    long bytes() {
        return bytes;
    }

    /** Copies a request's data in. */
    void put(Request request) {
        ByteBuffer data = ByteBuffer.allocate((int) request.sectors() * SECTOR);
        if (request.op().hasData()) {
            for (int i = 0; i < request.segmentCount(); i++) {
                data.put(request.segment(i).duplicate());
            }
            data.clear();
        }
        Write write = new Write(request.sector(), data);
        writes.add(write);
        bytes += data.capacity();
        for (int i = 0; i < write.sectors(); i++) {
            newest.put(write.sector + i, new Place(write, i));
        }
    }

    /** A run goes to the medium past the cache: what is cached of it is void, also for a cut. */
    void forget(long sector, long sectors) {
        newest.subMap(sector, sector + sectors).clear();
        List<Write> kept = new ArrayList<>();
        for (Write write : writes) {
            long before = Math.min(write.sectors(), Math.max(0, sector - write.sector));
            long after = Math.min(write.sectors(), Math.max(0, sector + sectors - write.sector));
            if (before >= after) {
                kept.add(write);
                continue;
            }
            if (before > 0) {
                kept.add(write.part(0, (int) before));
            }
            if (after < write.sectors()) {
                kept.add(write.part((int) after, write.sectors() - (int) after));
            }
        }
        writes.clear();
        writes.addAll(kept);
        bytes = kept.stream().mapToLong(w -> w.data.remaining()).sum();
    }

    /** The newest content of what is cached of a run, by sector; buffers that never change. */
    Map<Long, ByteBuffer> newest(long sector, long sectors) {
        Map<Long, ByteBuffer> found = new TreeMap<>();
        newest.subMap(sector, sector + sectors).forEach((at, place) -> found.put(at, place.write.at(place.index)));
        return found;
    }

    /** Everything as it is to be on the medium: neighbouring sectors together, none twice. Forgets nothing. */
    List<Write> toFlush() {
        List<Write> runs = new ArrayList<>();
        List<Place> run = new ArrayList<>();
        long first = 0;
        for (Map.Entry<Long, Place> entry : newest.entrySet()) {
            if (!run.isEmpty() && (entry.getKey() != first + run.size() || run.size() == RUN_SECTORS)) {
                runs.add(join(first, run));
                run.clear();
            }
            if (run.isEmpty()) {
                first = entry.getKey();
            }
            run.add(entry.getValue());
        }
        if (!run.isEmpty()) {
            runs.add(join(first, run));
        }
        return runs;
    }

    private static Write join(long first, List<Place> run) {
        ByteBuffer data = ByteBuffer.allocate(run.size() * SECTOR);
        run.forEach(place -> data.put(place.write.at(place.index)));
        return new Write(first, data.flip());
    }

    void clear() {
        writes.clear();
        newest.clear();
        bytes = 0;
    }

    int count() {
        return writes.size();
    }

    /** What of it a cut lets through, in the order in which it reaches the medium. */
    List<Write> survivors(Fate fate, SplittableRandom random) {
        return switch (fate) {
            case DROP -> List.of();
            case TEAR -> torn(random);
            case REORDER -> reordered(random);
        };
    }

    private List<Write> torn(SplittableRandom random) {
        if (writes.isEmpty()) {
            return List.of();
        }
        int last = random.nextInt(writes.size());
        List<Write> through = new ArrayList<>(writes.subList(0, last));
        Write being = writes.get(last);
        int sectors = random.nextInt(being.sectors());
        if (sectors > 0) {
            through.add(being.part(0, sectors));
        }
        return through;
    }

    private List<Write> reordered(SplittableRandom random) {
        List<Write> through = new ArrayList<>();
        for (Write write : writes) {
            if (random.nextBoolean()) {
                through.add(random.nextInt(through.size() + 1), write);
            }
        }
        return through;
    }
}
