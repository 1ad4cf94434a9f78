package org.unplug.block.internal.genhd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToLongFunction;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.FilterRegistration;
import org.unplug.block.spi.QueueLimits;
import org.unplug.block.spi.Request;
import org.unplug.block.stack.PassThrough;
import org.unplug.ref.Clockwork;
import org.unplug.ref.Leaks;
import org.unplug.ref.SystemClockwork;

/**
 * Everything at once, on two disks side by side: two submitters each, a driver that completes on its own threads, sometimes has no
 * room and sometimes says AGAIN, scheduler switches, resizes, filters that come and go, and removals at random. Each bio ends
 * exactly once, each sector that is read bears its own checksum and what was last acknowledged, and nothing is left.
 *
 * <p>Six seconds in the everyday run; {@code -Dunplug.churn.seconds=600 -Dunplug.seed=N} for longer, and the same choices again.
 */
class ChurnStressTest {

    private static final int SECTORS = 4096;
    private static final int PIECE = 8;

    private final ConcurrentLinkedQueue<String> faults = new ConcurrentLinkedQueue<>();

    private final class Events implements DiskEvents {
        @Override
        public Published publish(Gendisk disk) {
            return () -> {};
        }

        @Override
        public void added(DiskInfo disk) {}

        @Override
        public void removed(RemovalReport report) {}

        @Override
        public void released(DiskInfo disk) {}

        @Override
        public void fault(String line) {
            faults.add(line);
        }

        @Override
        public void leaked(Leaks.Held held) {
            faults.add("leaked " + held);
        }
    }

    /** Memory behind two worker threads, with room for few. */
    private static final class SlowMemory implements DiskDriver {
        final ByteBuffer memory;
        final LinkedBlockingQueue<Request> todo = new LinkedBlockingQueue<>();
        final AtomicInteger inside = new AtomicInteger();
        final AtomicInteger held = new AtomicInteger();
        volatile boolean stopped;
        final List<Thread> workers = new ArrayList<>();

        SlowMemory(ByteBuffer memory) {
            this.memory = memory;
            for (int i = 0; i < 2; i++) {
                Thread worker = new Thread(this::work, "slow-memory");
                worker.setDaemon(true);
                worker.start();
                workers.add(worker);
            }
        }

        @Override
        public boolean queueRequest(Request request) {
            inside.incrementAndGet();
            try {
                if (stopped) {
                    throw new AssertionError("called after remove returned");
                }
                if (held.get() >= 12) {
                    return false;
                }
                held.incrementAndGet();
                todo.add(request);
                return true;
            } finally {
                inside.decrementAndGet();
            }
        }

        private void work() {
            try {
                while (true) {
                    Request request = todo.poll(50, TimeUnit.MILLISECONDS);
                    if (request != null) {
                        move(request);
                        held.decrementAndGet();
                        boolean again = ThreadLocalRandom.current().nextInt(200) == 0;
                        request.complete(again ? BlockStatus.AGAIN : BlockStatus.OK);
                    } else if (stopped) {
                        return;
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void move(Request request) {
            int at = (int) request.sector() * 512;
            for (int i = 0; i < request.segmentCount(); i++) {
                ByteBuffer segment = request.segment(i);
                int length = segment.remaining();
                switch (request.op()) {
                    case READ -> segment.put(segment.position(), memory, at, length);
                    case WRITE -> memory.put(at, segment, segment.position(), length);
                    default -> throw new AssertionError(request);
                }
                at += length;
            }
        }
    }

    /** Owns a region, writes and verifies it, counts its ends. */
    private static final class Submitter extends Thread {
        private static final int MOST = 16;

        final DiskHandle handle;
        final int from;
        final int pieces;
        final Random random;
        final int[] acknowledged;
        final AtomicLong submitted = new AtomicLong();
        final AtomicLong ended = new AtomicLong();
        final ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
        long verified;
        volatile boolean gone;

        Submitter(DiskHandle handle, int from, int pieces, long seed) {
            super("submitter");
            this.handle = handle;
            this.from = from;
            this.pieces = pieces;
            this.random = new Random(seed);
            this.acknowledged = new int[pieces];
        }

        @Override
        public void run() {
            int generation = 0;
            Bio[] bios = new Bio[MOST];
            ByteBuffer[] buffers = new ByteBuffer[MOST];
            for (int i = 0; i < MOST; i++) {
                bios[i] = handle.newBio();
                buffers[i] = ByteBuffer.allocate(PIECE * 512);
            }
            while (!gone) {
                generation++;
                int count = 1 + random.nextInt(MOST);
                int first = random.nextInt(pieces - count + 1);
                boolean write = random.nextBoolean();
                CountDownLatch latch = new CountDownLatch(count);
                for (int i = 0; i < count; i++) {
                    int sector = from + (first + i) * PIECE;
                    buffers[i].clear();
                    if (write) {
                        fill(buffers[i], sector, generation);
                        bios[i].write(sector, buffers[i]);
                    } else {
                        bios[i].read(sector, buffers[i]);
                    }
                    bios[i].onEnd(bio -> {
                        ended.incrementAndGet();
                        latch.countDown();
                    });
                }
                submitted.addAndGet(count);
                handle.submit(bios, 0, count);
                try {
                    if (!latch.await(60, TimeUnit.SECONDS)) {
                        wrong.add("no end within 60 s: " + latch.getCount() + " of " + count + " missing");
                        return;
                    }
                } catch (InterruptedException e) {
                    return;
                }
                for (int i = 0; i < count; i++) {
                    check(bios[i], buffers[i], first + i, write, generation);
                }
            }
        }

        /** Each sector: its number, the generation, noise, and the checksum of all that. */
        private static void fill(ByteBuffer buffer, int firstSector, int generation) {
            for (int s = 0; s < PIECE; s++) {
                int at = s * 512;
                buffer.putInt(at, firstSector + s);
                buffer.putInt(at + 4, generation);
                for (int word = 8; word < 508; word += 4) {
                    buffer.putInt(at + word, (generation * 31 + firstSector + s) * 0x9E3779B9 + word);
                }
                buffer.putInt(at + 508, checksum(buffer, at));
            }
        }

        private static int checksum(ByteBuffer buffer, int at) {
            CRC32 sum = new CRC32();
            sum.update(buffer.slice(at, 508));
            return (int) sum.getValue();
        }

        private void check(Bio bio, ByteBuffer buffer, int piece, boolean write, int generation) {
            if (bio.status() == BlockStatus.GONE) {
                gone = true;
            } else if (bio.status() != BlockStatus.OK) {
                wrong.add(bio.toString());
            } else if (write) {
                acknowledged[piece] = generation;
            } else if (acknowledged[piece] != 0) {
                verify(buffer, from + piece * PIECE, acknowledged[piece]);
            }
        }

        private void verify(ByteBuffer buffer, int firstSector, int generation) {
            for (int s = 0; s < PIECE; s++) {
                int at = s * 512;
                boolean right = buffer.getInt(at) == firstSector + s
                        && buffer.getInt(at + 4) == generation
                        && buffer.getInt(at + 508) == checksum(buffer, at);
                if (!right) {
                    wrong.add("sector " + (firstSector + s) + " bears number " + buffer.getInt(at) + ", generation "
                            + buffer.getInt(at + 4) + " instead of " + generation);
                    return;
                }
            }
            verified += PIECE;
        }
    }

    /** One disk after another, each under everything, until the time is over. */
    private final class Lane {
        final int number;
        final long seed;
        final Random random;
        final DiskTable table;
        final Owner owner = new Owner(1, "churn");
        final ByteBuffer memory = ByteBuffer.allocate(2 * SECTORS * 512);
        final List<WeakReference<Object>> drivers = new ArrayList<>();
        long rounds;
        long ends;
        long verified;
        long switched;
        long resized;
        long inserted;
        long taken;
        long merged;

        Lane(int number, long seed, DiskTable table) {
            this.number = number;
            this.seed = seed;
            this.random = new Random(seed * 31 + number);
            this.table = table;
        }

        Void run(long until) throws Exception {
            while (System.nanoTime() - until < 0) {
                round();
            }
            return null;
        }

        private void round() throws Exception {
            rounds++;
            String what = "seed " + seed + " lane " + number + " round " + rounds;
            SlowMemory driver = new SlowMemory(memory);
            drivers.add(new WeakReference<>(driver));
            QueueLimits limits = QueueLimits.DEFAULT
                    .withQueueDepth(16)
                    .withMaxSectors(List.of(4, 12, 40).get(random.nextInt(3)));
            Gendisk disk = table.add(owner, DiskSpec.of("churn", SECTORS).withLimits(limits), driver);
            List<Submitter> submitters = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                DiskHandle handle = disk.open(owner, Holder.named("submitter " + i), OpenMode.WRITE);
                submitters.add(new Submitter(handle, 8 + i * 2000, 200, random.nextLong()));
            }
            submitters.forEach(Thread::start);
            List<FilterRegistration> filters = new ArrayList<>();
            int steps = 5 + random.nextInt(30);
            for (int step = 0; step < steps; step++) {
                disturb(disk, filters, what);
            }
            RemovalReport report = disk.remove(random.nextBoolean() ? Removal.ORDERLY : Removal.SURPRISE);
            driver.stopped = true;
            merged += disk.statistics().merged();
            assertTrue(report.quiet(), what + ": " + report);
            assertEquals(List.of(), report.laggards(), what);
            assertEquals(0, driver.inside.get(), what);
            for (Submitter submitter : submitters) {
                submitter.join(60_000);
                assertEquals(List.of(), List.copyOf(submitter.wrong), what);
                assertEquals(submitter.submitted.get(), submitter.ended.get(), what);
                submitter.handle.close();
                ends += submitter.ended.get();
                verified += submitter.verified;
            }
            assertEquals(List.of(), List.copyOf(faults), what);
        }

        private void disturb(Gendisk disk, List<FilterRegistration> filters, String what) {
            String name = disk.info().name();
            switch (random.nextInt(5)) {
                case 0 -> {
                    table.schedule(name, table.schedulers().names().get(random.nextInt(3)));
                    switched++;
                }
                case 1 -> {
                    filters.add(
                            table.insert(owner, name, "pass", below -> new PassThrough(below, 0, table.clockwork())));
                    inserted++;
                }
                case 2 -> {
                    if (!filters.isEmpty()) {
                        assertTrue(
                                filters.remove(random.nextInt(filters.size())).remove(), what);
                        taken++;
                    }
                }
                case 3 -> {
                    disk.resize(SECTORS + random.nextInt(SECTORS / 8) * 8L);
                    resized++;
                }
                default -> Thread.onSpinWait();
            }
        }
    }

    @Test
    void churn_endsEachOnce_movesNoByteWrong_andLeavesNothing() throws Exception {
        long seed = Long.getLong("unplug.seed", System.nanoTime());
        long seconds = Long.getLong("unplug.churn.seconds", 6);
        SystemClockwork clockwork = Clockwork.system("churn");
        DiskTable table = new DiskTable(clockwork, new Events());
        long until = System.nanoTime() + seconds * 1_000_000_000;
        List<Lane> lanes = List.of(new Lane(1, seed, table), new Lane(2, seed, table));
        ExecutorService threads = Executors.newFixedThreadPool(lanes.size());
        try {
            List<Future<Void>> running = new ArrayList<>();
            lanes.forEach(lane -> running.add(threads.submit(() -> lane.run(until))));
            for (Future<Void> lane : running) {
                lane.get();
            }
        } finally {
            threads.shutdown();
        }
        assertTrue(table.partitions().settle(60_000), "the look for partitions ends");
        assertTrue(table.list().isEmpty(), "seed " + seed + ": " + table.list());
        assertEquals(List.of(), table.leaks().held(), "seed " + seed);
        table.close();
        clockwork.close();
        assertNothingKeepsADriver(lanes);
        System.out.println("churn of " + seconds + " s, seed " + seed + ": " + sum(lanes, l -> l.rounds) + " removals, "
                + sum(lanes, l -> l.ends) + " bios each ended once, " + sum(lanes, l -> l.verified)
                + " sectors verified, " + sum(lanes, l -> l.merged) + " merged, " + sum(lanes, l -> l.switched)
                + " scheduler switches, " + sum(lanes, l -> l.resized) + " resizes, " + sum(lanes, l -> l.inserted)
                + " filters inserted, " + sum(lanes, l -> l.taken) + " taken out under load");
    }

    private static long sum(List<Lane> lanes, ToLongFunction<Lane> count) {
        return lanes.stream().mapToLong(count).sum();
    }

    /** R12: no object of the block layer, no thread and no timer leads to a driver any more. */
    private static void assertNothingKeepsADriver(List<Lane> lanes) {
        long deadline = System.nanoTime() + 60_000_000_000L;
        boolean left = true;
        while (left && System.nanoTime() - deadline < 0) {
            System.gc();
            left = lanes.stream().flatMap(lane -> lane.drivers.stream()).anyMatch(driver -> driver.get() != null);
        }
        assertFalse(left, "a driver is still reachable");
    }
}
