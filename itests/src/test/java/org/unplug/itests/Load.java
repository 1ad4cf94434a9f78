package org.unplug.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.Disk;
import org.unplug.block.DiskHandle;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;

/**
 * Threads that keep a raw disk busy until it is gone: each with several bios under way, reading and writing at random places.
 * It counts how each submission ended; a second end of one submission, or none, is an error.
 */
final class Load implements AutoCloseable {

    private static final int BIOS = 4;

    private final DiskHandle handle;
    private final long blocks;
    private final List<Bystander<Void>> threads = new ArrayList<>();
    private final AtomicLong submitted = new AtomicLong();
    private final AtomicLong ended = new AtomicLong();
    private final AtomicInteger endedTwice = new AtomicInteger();
    private final Map<BlockStatus, AtomicLong> outcomes = new ConcurrentHashMap<>();
    private volatile boolean over;

    Load(Disk disk, int threadCount) throws IOException {
        this(disk.open(Holder.named("load"), OpenMode.WRITE), threadCount);
    }

    /** Takes the handle over. */
    Load(DiskHandle handle, int threadCount) {
        this.handle = handle;
        blocks = handle.info().capacitySectors() / 8;
        for (int i = 0; i < threadCount; i++) {
            threads.add(Bystander.does("load-" + i, this::run));
        }
    }

    private Void run() {
        Slot[] slots = new Slot[BIOS];
        for (int i = 0; i < BIOS; i++) {
            slots[i] = new Slot();
        }
        while (!over && !handle.isGone()) {
            for (Slot slot : slots) {
                slot.submit();
            }
            for (Slot slot : slots) {
                slot.await();
            }
        }
        // Once more for sure after the refusal.
        slots[0].submit();
        slots[0].await();
        return null;
    }

    /** One bio and its end. */
    private final class Slot {
        private final Bio bio = handle.newBio();
        private final ByteBuffer buffer = ByteBuffer.allocate(4096);
        private boolean underWay;

        synchronized void submit() {
            long sector = ThreadLocalRandom.current().nextLong(blocks) * 8;
            if (ThreadLocalRandom.current().nextBoolean()) {
                bio.write(sector, buffer);
            } else {
                bio.read(sector, buffer);
            }
            bio.onEnd(this::end);
            underWay = true;
            submitted.incrementAndGet();
            handle.submit(bio);
        }

        private synchronized void end(Bio it) {
            if (!underWay) {
                endedTwice.incrementAndGet();
            }
            underWay = false;
            ended.incrementAndGet();
            outcomes.computeIfAbsent(it.status(), s -> new AtomicLong()).incrementAndGet();
            notifyAll();
        }

        synchronized void await() {
            boolean interrupted = false;
            while (underWay) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            assertTrue("nobody interrupts", !interrupted);
        }
    }

    void awaitProgress(long more) {
        long from = count(BlockStatus.OK);
        Await.until(more + " requests are done", () -> count(BlockStatus.OK) >= from + more);
    }

    private long count(BlockStatus status) {
        AtomicLong count = outcomes.get(status);
        return count == null ? 0 : count.get();
    }

    /** Waits until every thread has met GONE and ended. */
    void awaitGone() throws Exception {
        for (Bystander<Void> thread : threads) {
            thread.get();
        }
    }

    void assertOnlyGoneAndEachOnce() {
        assertEquals("submissions that did not end", submitted.get(), ended.get());
        assertEquals("submissions that ended twice", 0, endedTwice.get());
        Map<BlockStatus, Long> bad = new EnumMap<>(BlockStatus.class);
        outcomes.forEach((status, count) -> {
            if (status != BlockStatus.OK && status != BlockStatus.GONE) {
                bad.put(status, count.get());
            }
        });
        assertTrue("other errors than GONE: " + bad, bad.isEmpty());
        assertTrue("nobody met GONE: " + outcomes, count(BlockStatus.GONE) >= threads.size());
    }

    long acknowledged() {
        return count(BlockStatus.OK);
    }

    @Override
    public void close() {
        over = true;
        handle.close();
    }
}
