package org.unplug.block.internal.iosched;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.unplug.block.BioOp;
import org.unplug.block.spi.IoScheduler;

/** Expiry, batching and the bound on starvation. */
class DeadlineTest {

    private final IoScheduler.Order order = new Deadline().newOrder(null);

    private void insert(IoScheduler.Waiting... all) {
        for (IoScheduler.Waiting one : all) {
            order.insert(one);
        }
    }

    private List<Long> sectors(int count, long now) {
        List<Long> sectors = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            sectors.add(order.next(now).sector());
        }
        return sectors;
    }

    @Test
    void batch_goesInAscendingSectors_whateverTheOrderOfArrival() {
        insert(Waiter.read(500, 0), Waiter.read(100, 1), Waiter.read(900, 2), Waiter.read(300, 3));
        assertEquals(List.of(100L, 300L, 500L, 900L), sectors(4, 10));
        assertNull(order.next(10));
    }

    @Test
    void bioBehindTheBatch_waitsForTheNextSweep() {
        insert(Waiter.read(500, 0), Waiter.read(600, 0));
        assertEquals(500, order.next(1).sector());
        insert(Waiter.read(100, 2));
        assertEquals(List.of(600L, 100L), sectors(2, 3));
    }

    @Test
    void expiredRead_goesFirst_whenTheNextBatchBegins() {
        insert(Waiter.read(9_000_000, 0));
        for (int i = 0; i < 3 * Deadline.BATCH; i++) {
            insert(Waiter.read(i * 8L, Deadline.READ_EXPIRES_NANOS - 1));
        }
        List<Long> before = sectors(1, Deadline.READ_EXPIRES_NANOS - 1);
        assertEquals(List.of(0L), before);
        List<Long> rest = sectors(2 * Deadline.BATCH, Deadline.READ_EXPIRES_NANOS);
        int at = rest.indexOf(9_000_000L);
        assertTrue(at >= 0 && at < Deadline.BATCH, "after the batch that was under way, but at " + at);
    }

    @Test
    void reads_goBeforeWrites_butPassThemOverTwiceAtMost() {
        insert(Waiter.write(10_000, 0));
        int batches = 5 * Deadline.BATCH;
        for (int i = 0; i < batches; i++) {
            insert(Waiter.read(i * 8L, 0));
        }
        int before = 0;
        while (order.next(1).op() == BioOp.READ) {
            before++;
        }
        assertEquals(Deadline.WRITES_STARVED * Deadline.BATCH, before);
    }

    @Test
    void expiredWrite_isNotPassedOverAtAll() {
        insert(Waiter.write(10_000, 0));
        for (int i = 0; i < 3 * Deadline.BATCH; i++) {
            insert(Waiter.read(i * 8L, Deadline.WRITE_EXPIRES_NANOS));
        }
        assertEquals(BioOp.WRITE, order.next(Deadline.WRITE_EXPIRES_NANOS).op());
    }

    /** A bio that its owner submits again, for elsewhere, once it has ended. */
    private static final class Reused implements IoScheduler.Waiting {
        private long sector;

        @Override
        public BioOp op() {
            return BioOp.READ;
        }

        @Override
        public long sector() {
            return sector;
        }

        @Override
        public long sectors() {
            return 8;
        }

        @Override
        public long sinceNanos() {
            return 1;
        }

        @Override
        public Object holder() {
            return "";
        }

        @Override
        public int weight() {
            return 100;
        }
    }

    @Test
    void bioThatComesAgainElsewhere_behindOneThatWaits_goesOnceEachTime() {
        insert(Waiter.read(100, 0));
        assertEquals(100, order.next(1).sector());
        insert(Waiter.read(8, 1));
        Reused again = new Reused();
        for (int i = 2; i < 8; i++) {
            again.sector = i * 100L;
            insert(again);
            assertEquals(i * 100L, order.next(2).sector());
        }
        assertEquals(8, order.next(3).sector());
        insert(Waiter.read(16, 3));
        assertEquals(16, order.next(2 * Deadline.READ_EXPIRES_NANOS).sector());
        assertNull(order.next(2 * Deadline.READ_EXPIRES_NANOS));
    }

    @Test
    void everyBio_goesOnce_andWithinItsBound() {
        for (long seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            IoScheduler.Order fresh = new Deadline().newOrder(null);
            Set<IoScheduler.Waiting> waiting = new HashSet<>();
            long now = 0;
            for (int step = 0; step < 4_000; step++) {
                now += 1_000_000;
                if (random.nextInt(100) < 51 && waiting.size() < 60) {
                    long sector = random.nextInt(1000) * 8L;
                    Waiter bio = random.nextInt(4) > 0 ? Waiter.read(sector, now) : Waiter.write(sector, now);
                    fresh.insert(bio);
                    waiting.add(bio);
                } else if (!waiting.isEmpty()) {
                    IoScheduler.Waiting next = fresh.next(now);
                    assertTrue(waiting.remove(next), "seed " + seed + ": " + next);
                    boolean read = next.op() == BioOp.READ;
                    long expires = read ? Deadline.READ_EXPIRES_NANOS : Deadline.WRITE_EXPIRES_NANOS;
                    // Batches under way, of a step each two ms, and then those that expired before it.
                    long bound =
                            expires + (Deadline.WRITES_STARVED + 2) * Deadline.BATCH * 4_000_000L + 60 * 4_000_000L;
                    assertTrue(now - next.sinceNanos() <= bound, "seed " + seed + ": " + next + " at " + now);
                }
            }
            while (!waiting.isEmpty()) {
                assertTrue(waiting.remove(fresh.next(now)), "seed " + seed);
            }
            assertNull(fresh.next(now));
        }
    }
}
