package org.unplug.block.internal.genhd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.block.Removal;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.IoScheduler;
import org.unplug.block.spi.QueueLimits;
import org.unplug.block.testing.FlatBlockLayer;
import org.unplug.block.testing.ScriptedDriver.Reply;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;

/** Schedulers in a queue: chosen, exchanged, misbehaving, gone. */
class SchedulingTest extends VirtualDiskTest {

    /** Last in, first out, until it is told to misbehave. */
    private static class Stack implements IoScheduler, IoScheduler.Order {
        final Deque<Waiting> waiting = new ArrayDeque<>();
        final AtomicInteger calls = new AtomicInteger();

        @Override
        public String name() {
            return "stack";
        }

        @Override
        public Order newOrder(DiskInfo disk) {
            return this;
        }

        @Override
        public void insert(Waiting bio) {
            calls.incrementAndGet();
            waiting.push(bio);
        }

        @Override
        public Waiting next(long nowNanos) {
            calls.incrementAndGet();
            return waiting.pop();
        }
    }

    private List<Counted> queueUp(DiskHandle handle) {
        driver.reply(Reply.HOLD);
        List<Counted> all = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            all.add(write(handle, 4L * i));
        }
        assertEquals(1, driver.held.size());
        return all;
    }

    private List<String> drained() {
        while (!driver.held.isEmpty()) {
            driver.finishNext();
        }
        return driver.requests();
    }

    private static List<String> inOrder(int... sectors) {
        List<String> lines = new ArrayList<>();
        for (int sector : sectors) {
            lines.add("WRITE " + sector + "+1");
        }
        return lines;
    }

    @Test
    void strangersScheduler_ordersWhatWaits_andTheStatusNamesIt() throws IOException {
        Gendisk disk = add(depth(1));
        layer.table().schedulers().add(new Stack());
        layer.table().schedule("ram0", "stack");
        assertEquals("stack", disk.status().scheduler());
        List<Counted> all = queueUp(open());
        assertEquals(inOrder(0, 28, 24, 20, 16, 12, 8, 4), drained());
        all.forEach(c -> assertEquals(1, c.ends));
    }

    @Test
    void strangerThatGoes_leavesEverythingInTheOrderItCame_andIsNotCalledAgain() throws IOException {
        Gendisk disk = add(depth(1));
        Stack stack = new Stack();
        layer.table().schedulers().add(stack);
        layer.table().schedule("ram0", "stack");
        List<Counted> all = queueUp(open());
        driver.finishNext();
        layer.table().schedulers().remove(stack);
        int calls = stack.calls.get();
        assertEquals("none", disk.status().scheduler());
        // 24 was chosen by the scheduler already, to see whether it could be merged.
        assertEquals(inOrder(0, 28, 24, 4, 8, 12, 16, 20), drained());
        assertEquals(calls, stack.calls.get());
        all.forEach(c -> assertEquals(BlockStatus.OK, c.bio.status()));
        assertThrows(IllegalArgumentException.class, () -> layer.table().schedule("ram0", "stack"));
    }

    @Test
    void switchUnderLoad_losesNothing() throws IOException {
        add(depth(1));
        List<Counted> all = queueUp(open());
        for (String name : List.of("deadline", "fair", "none", "fair", "deadline")) {
            layer.table().schedule("ram0", name);
            driver.finishNext();
        }
        drained();
        all.forEach(c -> assertEquals(1, c.ends));
    }

    @Test
    void schedulerThatThrowsFromInsert_isReplacedByNone_withNothingLost() throws IOException {
        misbehaves(new Stack() {
            @Override
            public void insert(Waiting bio) {
                if (waiting.size() == 3) {
                    throw new NoClassDefFoundError("its bundle is gone");
                }
                super.insert(bio);
            }
        });
    }

    @Test
    void schedulerThatThrowsFromNext_isReplacedByNone_withNothingLost() throws IOException {
        misbehaves(new Stack() {
            @Override
            public Waiting next(long nowNanos) {
                throw new IllegalStateException("scripted");
            }
        });
    }

    @Test
    void schedulerThatWithholds_isReplacedByNone_withNothingLost() throws IOException {
        misbehaves(new Stack() {
            @Override
            public Waiting next(long nowNanos) {
                return null;
            }
        });
    }

    @Test
    void schedulerThatGivesOneTwice_isReplacedByNone_withNothingLost() throws IOException {
        misbehaves(new Stack() {
            @Override
            public Waiting next(long nowNanos) {
                return waiting.peekLast();
            }
        });
    }

    private void misbehaves(Stack bad) throws IOException {
        Gendisk disk = add(depth(1));
        layer.table().schedulers().add(bad);
        layer.table().schedule("ram0", "stack");
        List<Counted> all = queueUp(open());
        assertEquals(inOrder(0, 4, 8, 12, 16, 20, 24, 28), drained());
        all.forEach(c -> assertEquals(1, c.ends));
        all.forEach(c -> assertEquals(BlockStatus.OK, c.bio.status()));
        assertEquals("none", disk.status().scheduler());
        assertEquals(1, layer.faults.size(), layer.faults.toString());
        assertTrue(layer.faults.get(0).startsWith("scheduler of ram0 is replaced by none"), layer.faults.get(0));
    }

    @Test
    void nameThatIsTaken_isReportedAndLeftAlone() {
        IoScheduler impostor = new Stack() {
            @Override
            public String name() {
                return "deadline";
            }
        };
        layer.table().schedulers().add(impostor);
        assertEquals(1, layer.faults.size());
        layer.table().schedulers().remove(impostor);
        assertEquals(
                List.of("none", "deadline", "fair"), layer.table().schedulers().names());
    }

    @Test
    void removal_endsWhatASchedulerHas() throws IOException {
        Gendisk disk = add(depth(1));
        layer.table().schedule("ram0", "fair");
        List<Counted> all = queueUp(open());
        driver.whenCancelled = r -> driver.finishAll();
        disk.remove(Removal.SURPRISE);
        all.forEach(c -> assertEquals(1, c.ends));
    }

    @Test
    void strangerThatComesAndGoesUnderLoad_losesNothing() throws Exception {
        try (SystemClockwork real = Clockwork.system("scheduling")) {
            FlatBlockLayer busy = new FlatBlockLayer(real);
            Gendisk disk =
                    busy.add(DiskSpec.of("ram", SECTORS).withLimits(QueueLimits.DEFAULT.withQueueDepth(2)), request -> {
                        real.execute("completion", () -> request.complete(BlockStatus.OK));
                        return true;
                    });
            DiskHandle handle = busy.open("ram0");
            AtomicBoolean stop = new AtomicBoolean();
            AtomicLong submitted = new AtomicLong();
            AtomicLong ended = new AtomicLong();
            for (int t = 0; t < 2; t++) {
                real.execute("load", () -> {
                    while (!stop.get()) {
                        if (submitted.get() - ended.get() < 40) {
                            submitted.incrementAndGet();
                            handle.submit(handle.newBio()
                                    .read(submitted.get() % SECTORS, ByteBuffer.allocate(512))
                                    .onEnd(b -> ended.incrementAndGet()));
                        }
                    }
                });
            }
            for (int round = 0; round < 300; round++) {
                Stack stack = new Stack();
                busy.table().schedulers().add(stack);
                busy.table().schedule("ram0", "stack");
                long seen = ended.get();
                until(() -> ended.get() > seen + 5);
                busy.table().schedulers().remove(stack);
                int calls = stack.calls.get();
                until(() -> ended.get() > seen + 10);
                assertEquals(calls, stack.calls.get(), "not called once it was taken away");
            }
            stop.set(true);
            until(() -> ended.get() == submitted.get());
            assertEquals(List.of(), busy.faults);
            disk.remove(Removal.ORDERLY);
        }
    }

    private static void until(java.util.function.BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "not within 20 s");
            Thread.onSpinWait();
        }
    }
}
