package org.unplug.block.internal.iosched;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.unplug.block.BioOp;
import org.unplug.block.DiskInfo;
import org.unplug.block.spi.IoScheduler;

/**
 * Batches in ascending sector order, reads before writes, with a bound on how long either waits; modelled on Linux's mq-deadline.
 *
 * <ul>
 *   <li>A batch is up to {@link #BATCH} bios of one direction in sector order.
 *   <li>A new batch begins with the oldest bio of its direction if that has expired, else where the last batch ended.
 *   <li>Reads are preferred, but writes are passed over at most {@link #WRITES_STARVED} times.
 * </ul>
 */
public final class Deadline implements IoScheduler {

    static final long READ_EXPIRES_NANOS = 500_000_000L;
    static final long WRITE_EXPIRES_NANOS = 5_000_000_000L;
    static final int BATCH = 16;
    static final int WRITES_STARVED = 2;

    @Override
    public String name() {
        return "deadline";
    }

    @Override
    public Order newOrder(DiskInfo disk) {
        return new DeadlineOrder();
    }

    /** Bios of one direction, by sector and by age. */
    private static final class Direction {
        private final long expiresNanos;
        private final TreeMap<Long, Deque<Waiting>> bySector = new TreeMap<>();
        private final Deque<Waiting> byAge = new ArrayDeque<>();
        private final Map<Waiting, Boolean> taken = new HashMap<>();
        private int size;

        Direction(long expiresNanos) {
            this.expiresNanos = expiresNanos;
        }

        void insert(Waiting bio) {
            bySector.computeIfAbsent(bio.sector(), s -> new ArrayDeque<>(1)).add(bio);
            byAge.add(bio);
            size++;
        }

        boolean isEmpty() {
            return size == 0;
        }

        boolean hasExpired(long now) {
            Waiting oldest = oldest();
            return oldest != null && now - oldest.sinceNanos() >= expiresNanos;
        }

        Waiting oldest() {
            while (!byAge.isEmpty() && taken.remove(byAge.peek()) != null) {
                byAge.remove();
            }
            return byAge.peek();
        }

        /** The lowest one at or above a sector, or null. */
        Waiting above(long sector) {
            Map.Entry<Long, Deque<Waiting>> entry = bySector.ceilingEntry(sector);
            return entry == null ? null : entry.getValue().peek();
        }

        Waiting lowest() {
            return bySector.firstEntry().getValue().peek();
        }

        void remove(Waiting bio) {
            Deque<Waiting> same = bySector.get(bio.sector());
            same.remove(bio);
            if (same.isEmpty()) {
                bySector.remove(bio.sector());
            }
            size--;
            if (byAge.peek() == bio) {
                byAge.remove();
            } else {
                taken.put(bio, Boolean.TRUE);
            }
        }
    }

    static final class DeadlineOrder implements Order {
        private final Direction reads = new Direction(READ_EXPIRES_NANOS);
        private final Direction writes = new Direction(WRITE_EXPIRES_NANOS);
        private Direction current = reads;
        private long nextSector;
        private int inBatch;
        private int starved;

        @Override
        public void insert(Waiting bio) {
            of(bio).insert(bio);
        }

        private Direction of(Waiting bio) {
            return bio.op() == BioOp.READ ? reads : writes;
        }

        @Override
        public Waiting next(long now) {
            Waiting bio = inBatch > 0 && inBatch < BATCH ? current.above(nextSector) : null;
            if (bio == null) {
                bio = beginBatch(now);
            }
            if (bio == null) {
                return null;
            }
            of(bio).remove(bio);
            nextSector = bio.sector() + bio.sectors();
            inBatch++;
            return bio;
        }

        private Waiting beginBatch(long now) {
            inBatch = 0;
            if (reads.isEmpty() && writes.isEmpty()) {
                return null;
            }
            boolean write =
                    reads.isEmpty() || (!writes.isEmpty() && (starved >= WRITES_STARVED || writes.hasExpired(now)));
            if (write) {
                starved = 0;
            } else if (!writes.isEmpty()) {
                starved++;
            }
            boolean turned = current != (write ? writes : reads);
            current = write ? writes : reads;
            Waiting onward = turned || current.hasExpired(now) ? null : current.above(nextSector);
            if (onward != null) {
                return onward;
            }
            return current.hasExpired(now) || turned ? current.oldest() : current.lowest();
        }
    }
}
