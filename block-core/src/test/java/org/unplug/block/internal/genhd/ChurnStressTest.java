package org.unplug.block.internal.genhd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
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
import org.unplug.ref.Clockwork;
import org.unplug.ref.Leaks;
import org.unplug.ref.SystemClockwork;

/**
 * Everything at once: submitters, a driver that completes on its own threads, sometimes has no room and sometimes says AGAIN, scheduler switches,
 * filters that come and go, and removals. Each bio ends exactly once, each sector holds what was last acknowledged.
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

    /** Passes everything on, one lower bio for each tag. */
    private static final class PassThrough implements DiskDriver {
        private final DiskHandle below;
        private final Bio[] lowers = new Bio[64];

        PassThrough(DiskHandle below) {
            this.below = below;
        }

        @Override
        public boolean queueRequest(Request request) {
            Bio bio = lowers[request.tag()];
            if (bio == null) {
                bio = below.newBio();
                lowers[request.tag()] = bio;
            }
            ByteBuffer[] segments = new ByteBuffer[request.segmentCount()];
            for (int i = 0; i < segments.length; i++) {
                segments[i] = request.segment(i);
            }
            bio.onEnd(ended -> request.complete(ended.status(), ended.bufferHeld()));
            switch (request.op()) {
                case READ -> bio.read(request.sector(), segments);
                case WRITE -> bio.write(request.sector(), segments);
                default -> throw new AssertionError(request);
            }
            below.submit(bio);
            return true;
        }
    }

    /** Owns a region, writes and verifies it, counts its ends. */
    private static final class Submitter extends Thread {
        final DiskHandle handle;
        final int from;
        final int pieces;
        final Random random;
        final int[] acknowledged;
        final AtomicLong submitted = new AtomicLong();
        final AtomicLong ended = new AtomicLong();
        final ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
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
            Bio[] bios = new Bio[16];
            ByteBuffer[] buffers = new ByteBuffer[16];
            int[] piece = new int[16];
            for (int i = 0; i < 16; i++) {
                bios[i] = handle.newBio();
                buffers[i] = ByteBuffer.allocate(PIECE * 512);
            }
            while (!gone) {
                generation++;
                int count = 1 + random.nextInt(16);
                int first = random.nextInt(pieces - count + 1);
                boolean write = random.nextBoolean();
                var latch = new java.util.concurrent.CountDownLatch(count);
                for (int i = 0; i < count; i++) {
                    piece[i] = first + i;
                    int sector = from + piece[i] * PIECE;
                    buffers[i].clear();
                    if (write) {
                        for (int w = 0; w < PIECE * 128; w++) {
                            buffers[i].putInt(w * 4, generation * 31 + piece[i]);
                        }
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
                    if (!latch.await(30, TimeUnit.SECONDS)) {
                        wrong.add("no end within 30 s: " + latch.getCount() + " of " + count + " missing");
                        return;
                    }
                } catch (InterruptedException e) {
                    return;
                }
                for (int i = 0; i < count; i++) {
                    check(bios[i], buffers[i], piece[i], write, generation);
                }
            }
        }

        private void check(Bio bio, ByteBuffer buffer, int piece, boolean write, int generation) {
            if (bio.status() == BlockStatus.GONE) {
                gone = true;
            } else if (bio.status() != BlockStatus.OK) {
                wrong.add(bio.toString());
            } else if (write) {
                acknowledged[piece] = generation * 31 + piece;
            } else if (acknowledged[piece] != 0) {
                for (int w = 0; w < PIECE * 128; w++) {
                    if (buffer.getInt(w * 4) != acknowledged[piece]) {
                        wrong.add("piece " + piece + " word " + w + " reads " + buffer.getInt(w * 4) + " instead of "
                                + acknowledged[piece]);
                        return;
                    }
                }
            }
        }
    }

    @Test
    @Timeout(120)
    void churn_endsEachOnceAndMovesNoByteWrong() throws Exception {
        long seed = Long.getLong("unplug.seed", System.nanoTime());
        Random random = new Random(seed);
        SystemClockwork clockwork = Clockwork.system("churn");
        DiskTable table = new DiskTable(clockwork, new Events());
        Owner owner = new Owner(1, "churn");
        ByteBuffer memory = ByteBuffer.allocate(SECTORS * 512);
        long until = System.nanoTime() + Long.getLong("unplug.churn.seconds", 6) * 1_000_000_000;
        int rounds = 0;
        long total = 0;
        long inserted = 0;
        long merged = 0;
        while (System.nanoTime() < until) {
            rounds++;
            SlowMemory driver = new SlowMemory(memory);
            QueueLimits limits = QueueLimits.DEFAULT
                    .withQueueDepth(16)
                    .withMaxSectors(List.of(4, 12, 40).get(random.nextInt(3)));
            Gendisk disk = table.add(owner, DiskSpec.of("churn", SECTORS).withLimits(limits), driver);
            List<Submitter> submitters = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                DiskHandle handle = disk.open(owner, Holder.named("submitter " + i), OpenMode.WRITE);
                submitters.add(new Submitter(handle, 8 + i * 2000, 200, seed + i));
            }
            submitters.forEach(Thread::start);
            List<FilterRegistration> filters = new ArrayList<>();
            int steps = 5 + random.nextInt(30);
            String name = disk.info().name();
            for (int step = 0; step < steps; step++) {
                switch (random.nextInt(4)) {
                    case 0 -> table.schedule(name, table.schedulers().names().get(random.nextInt(3)));
                    case 1 -> {
                        filters.add(table.insert(owner, name, "pass", PassThrough::new));
                        inserted++;
                    }
                    case 2 -> {
                        if (!filters.isEmpty()) {
                            assertTrue(
                                    filters.remove(random.nextInt(filters.size()))
                                            .remove(),
                                    "seed " + seed);
                        }
                    }
                    default -> Thread.onSpinWait();
                }
            }
            RemovalReport report = disk.remove(random.nextBoolean() ? Removal.ORDERLY : Removal.SURPRISE);
            driver.stopped = true;
            merged += disk.statistics().merged();
            assertTrue(report.quiet(), "seed " + seed + ": " + report);
            assertEquals(0, driver.inside.get());
            for (Submitter submitter : submitters) {
                submitter.join(20_000);
                assertEquals(List.of(), List.copyOf(submitter.wrong), "seed " + seed + " round " + rounds);
                assertEquals(submitter.submitted.get(), submitter.ended.get(), "seed " + seed);
                submitter.handle.close();
                total += submitter.ended.get();
            }
            assertEquals(List.of(), List.copyOf(faults), "seed " + seed + " round " + rounds);
            assertEquals(List.of(), report.laggards(), "seed " + seed);
            assertTrue(table.partitions().settle(20_000), "the look for partitions ends");
            assertTrue(table.list().isEmpty(), "seed " + seed + ": " + table.list());
        }
        System.out.println("churn: " + rounds + " rounds, " + total + " bios, " + inserted + " filters, " + merged
                + " merged, seed " + seed);
        table.close();
        clockwork.close();
    }
}
