package org.unplug.block.internal.iosched;

import java.util.ArrayDeque;
import java.util.Deque;
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

    /** A bio's stay: the same bio may come again while its former stay is not cleared away yet. */
    private static final class Stay {
        private final Waiting bio;
        private final long sector;
        private boolean over;

        Stay(Waiting bio) {
            this.bio = bio;
            this.sector = bio.sector();
        }
    }

    /** Bios of one direction, by sector and by age. Those that went by sector are cleared off the other list when they come up. */
    private static final class Direction {
        private final long expiresNanos;
        private final TreeMap<Long, Deque<Stay>> bySector = new TreeMap<>();
        private final Deque<Stay> byAge = new ArrayDeque<>();

        Direction(long expiresNanos) {
            this.expiresNanos = expiresNanos;
        }

        void insert(Waiting bio) {
            Stay stay = new Stay(bio);
            bySector.computeIfAbsent(stay.sector, s -> new ArrayDeque<>(1)).add(stay);
            byAge.add(stay);
        }

        boolean isEmpty() {
            return bySector.isEmpty();
        }

        boolean hasExpired(long now) {
            Stay oldest = oldest();
            return oldest != null && now - oldest.bio.sinceNanos() >= expiresNanos;
        }

        Stay oldest() {
            while (!byAge.isEmpty() && byAge.peek().over) {
                byAge.remove();
            }
            return byAge.peek();
        }

        /** The lowest one at or above a sector, or null. */
        Stay above(long sector) {
            Map.Entry<Long, Deque<Stay>> entry = bySector.ceilingEntry(sector);
            return entry == null ? null : entry.getValue().peek();
        }

        Stay lowest() {
            return bySector.firstEntry().getValue().peek();
        }

        void remove(Stay stay) {
            Deque<Stay> same = bySector.get(stay.sector);
            same.remove(stay);
            if (same.isEmpty()) {
                bySector.remove(stay.sector);
            }
            stay.over = true;
            // Whatever is at the head waits, so that what is kept behind it is bounded by its expiry.
            oldest();
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
            Stay stay = inBatch > 0 && inBatch < BATCH ? current.above(nextSector) : null;
            if (stay == null) {
                stay = beginBatch(now);
            }
            if (stay == null) {
                return null;
            }
            current.remove(stay);
            nextSector = stay.sector + stay.bio.sectors();
            inBatch++;
            return stay.bio;
        }

        private Stay beginBatch(long now) {
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
            Stay onward = turned || current.hasExpired(now) ? null : current.above(nextSector);
            if (onward != null) {
                return onward;
            }
            return current.hasExpired(now) || turned ? current.oldest() : current.lowest();
        }
    }
}
