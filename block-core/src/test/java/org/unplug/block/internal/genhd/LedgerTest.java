package org.unplug.block.internal.genhd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskState;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.QueueLimits;
import org.unplug.block.spi.Request;
import org.unplug.block.testing.FlatBlockLayer;
import org.unplug.block.testing.ScriptedDriver;
import org.unplug.block.testing.VirtualClockwork;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;

/** R2, R3 and R12 under drivers that do anything, removed at any instant. */
class LedgerTest {

    private static final long SECTORS = 64;
    private static final DiskSpec.Timeouts TIMEOUTS = new DiskSpec.Timeouts(200, 300, 500);

    // ---- R2: schedules by seed

    @Test
    void everyBio_endsOnce_whateverTheDriverDoesAndWheneverItIsRemoved() throws IOException {
        for (long seed = 0; seed < 40; seed++) {
            ledger(seed);
        }
    }

    private static void ledger(long seed) throws IOException {
        Random random = new Random(seed);
        try (VirtualClockwork clockwork = new VirtualClockwork(seed)) {
            FlatBlockLayer layer = new FlatBlockLayer(clockwork);
            ScriptedDriver driver = new ScriptedDriver(SECTORS);
            Gendisk disk = layer.add(
                    DiskSpec.of("ram", SECTORS)
                            .withTimeouts(TIMEOUTS)
                            .withLimits(QueueLimits.DEFAULT
                                    .withQueueDepth(1 + random.nextInt(6))
                                    .withMaxSectors(2)
                                    .withWriteCache(random.nextBoolean(), false)),
                    driver);
            clockwork.settle();
            boolean cancels = random.nextBoolean();
            driver.script = r -> misbehave(driver, clockwork, random, r);
            driver.whenCancelled = r -> {
                if (cancels && driver.held.remove(r)) {
                    r.complete(BlockStatus.IOERR);
                }
            };
            List<int[]> ends = new ArrayList<>();
            DiskHandle handle = layer.open("ram0");
            for (int s = 0; s < 3; s++) {
                clockwork.start("submitter " + s, () -> {
                    for (int i = 0; i < 12; i++) {
                        int[] count = new int[1];
                        ends.add(count);
                        Bio bio = handle.newBio();
                        int sectors = 1 + random.nextInt(5);
                        if (random.nextBoolean()) {
                            bio.read(random.nextInt(50), ByteBuffer.allocate(sectors * 512));
                        } else {
                            bio.write(random.nextInt(50), ByteBuffer.allocate(sectors * 512))
                                    .fua(random.nextBoolean());
                        }
                        handle.submit(bio.onEnd(b -> count[0]++));
                        clockwork.sleepMs(random.nextInt(20));
                    }
                    return null;
                });
            }
            clockwork.sleepMs(random.nextInt(200));
            long began = clockwork.milliTime();
            RemovalReport report = disk.remove(random.nextBoolean() ? Removal.ORDERLY : Removal.SURPRISE);
            String what = "seed " + seed + ", " + report.summary() + ", " + layer.faults;
            assertTrue(clockwork.milliTime() - began <= 801, what);
            assertTrue(report.quiet(), what);
            driver.quiet = true;
            clockwork.sleepMs(2_000);
            assertEquals(36, ends.size(), what);
            for (int[] count : ends) {
                assertEquals(1, count[0], what);
            }
            assertEquals(0, driver.entriesAfterQuiet.get(), what);
            driver.finishAll();
            clockwork.settle();
            ends.forEach(count -> assertEquals(1, count[0], what));
            handle.close();
            assertEquals(DiskState.RELEASED, disk.state(), what);
            assertEquals(0, clockwork.timers(), what);
        }
    }

    private static ScriptedDriver.Reply misbehave(
            ScriptedDriver driver, VirtualClockwork clockwork, Random random, Request request) {
        int dice = random.nextInt(100);
        if (dice < 30) {
            return ScriptedDriver.Reply.INLINE;
        } else if (dice < 70) {
            clockwork.schedule(1 + random.nextInt(60), () -> {
                if (driver.held.remove(request)) {
                    driver.finish(request);
                }
            });
            return ScriptedDriver.Reply.HOLD;
        } else if (dice < 76) {
            return ScriptedDriver.Reply.HOLD;
        } else if (dice < 90) {
            return ScriptedDriver.Reply.BUSY;
        } else if (dice < 94) {
            return ScriptedDriver.Reply.THROW;
        } else if (dice < 97) {
            return ScriptedDriver.Reply.TWICE;
        }
        return ScriptedDriver.Reply.COMPLETE_AND_BUSY;
    }

    // ---- R3: threads

    @Test
    void noThreadIsInsideTheDriver_onceRemoveReturned_underHammering() throws Exception {
        try (SystemClockwork clockwork = Clockwork.system("ledger")) {
            FlatBlockLayer layer = new FlatBlockLayer(clockwork);
            Random random = new Random(1);
            for (int round = 0; round < 25; round++) {
                hammer(layer, clockwork, random, round);
            }
            assertEquals(List.of(), layer.faults);
        }
    }

    private static void hammer(FlatBlockLayer layer, SystemClockwork clockwork, Random random, int round)
            throws Exception {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger late = new AtomicInteger();
        AtomicBoolean quiet = new AtomicBoolean();
        boolean inline = random.nextBoolean();
        DiskDriver driver = request -> {
            inside.incrementAndGet();
            if (quiet.get()) {
                late.incrementAndGet();
            }
            if (inline) {
                request.complete(BlockStatus.OK);
            } else {
                clockwork.execute("completion", () -> request.complete(BlockStatus.OK));
            }
            inside.decrementAndGet();
            return true;
        };
        Gendisk disk = layer.add(DiskSpec.of("ram", SECTORS).withLimits(QueueLimits.DEFAULT.withQueueDepth(3)), driver);
        AtomicLong submitted = new AtomicLong();
        AtomicLong ended = new AtomicLong();
        CountDownLatch under = new CountDownLatch(50);
        CountDownLatch done = new CountDownLatch(3);
        DiskHandle handle = layer.open(disk.info().name());
        for (int t = 0; t < 3; t++) {
            clockwork.execute("hammer", () -> {
                while (!handle.isGone()) {
                    submitted.incrementAndGet();
                    handle.submit(
                            handle.newBio().read(0, ByteBuffer.allocate(512)).onEnd(b -> ended.incrementAndGet()));
                    under.countDown();
                    while (submitted.get() - ended.get() > 64 && !handle.isGone()) {
                        Thread.onSpinWait();
                    }
                }
                done.countDown();
            });
        }
        assertTrue(under.await(10, TimeUnit.SECONDS));
        RemovalReport report = disk.remove(round % 2 == 0 ? Removal.ORDERLY : Removal.SURPRISE);
        quiet.set(true);
        assertEquals(0, inside.get());
        assertTrue(report.quiet(), report.summary());
        assertTrue(done.await(10, TimeUnit.SECONDS));
        assertEquals(0, late.get());
        assertEquals(submitted.get(), ended.get());
        handle.close();
        assertTrue(layer.settle(10_000), "the look for partitions has a handle too");
        assertEquals(DiskState.RELEASED, disk.state());
    }

    // ---- R12

    @Test
    void nothingIsLeft_afterRelease() throws Exception {
        try (SystemClockwork clockwork = Clockwork.system("ledger")) {
            FlatBlockLayer layer = new FlatBlockLayer(clockwork);
            for (WeakReference<?> reference : useAndRemove(layer)) {
                Object referent = reference.get();
                String what = String.valueOf(referent);
                referent = null;
                assertTrue(collected(reference), () -> what + " is kept");
            }
        }
    }

    private static List<WeakReference<?>> useAndRemove(FlatBlockLayer layer) throws IOException {
        ScriptedDriver driver = new ScriptedDriver(SECTORS);
        Gendisk disk = layer.add(DiskSpec.of("ram", SECTORS), driver);
        assertTrue(layer.settle(10_000));
        List<WeakReference<?>> references = new ArrayList<>();
        DiskHandle handle = layer.open("ram0");
        handle.write(0, ByteBuffer.allocate(512));
        driver.reply(ScriptedDriver.Reply.HOLD);
        Bio bio = handle.newBio().read(0, ByteBuffer.allocate(512));
        handle.submit(bio);
        references.add(new WeakReference<>(driver.held.get(0)));
        references.add(new WeakReference<>(driver));
        references.add(new WeakReference<>(disk));
        references.add(new WeakReference<>(handle));
        references.add(new WeakReference<>(bio));
        driver.whenCancelled = r -> driver.finishAll();
        disk.remove(Removal.SURPRISE);
        handle.close();
        assertEquals(DiskState.RELEASED, disk.state());
        return references;
    }

    private static boolean collected(WeakReference<?> reference) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (reference.get() != null && System.nanoTime() < deadline) {
            System.gc();
            Thread.onSpinWait();
        }
        return reference.get() == null;
    }

    @Test
    void driverIsLetGoAtDead_thoughAHandleIsStillOpen() throws Exception {
        try (SystemClockwork clockwork = Clockwork.system("ledger")) {
            FlatBlockLayer layer = new FlatBlockLayer(clockwork);
            DiskHandle[] handle = new DiskHandle[1];
            WeakReference<ScriptedDriver> driver = addUseRemove(layer, handle);
            assertTrue(collected(driver));
            assertTrue(handle[0].isGone());
        }
    }

    private static WeakReference<ScriptedDriver> addUseRemove(FlatBlockLayer layer, DiskHandle[] handle)
            throws IOException {
        ScriptedDriver driver = new ScriptedDriver(SECTORS);
        Gendisk disk = layer.add(DiskSpec.of("ram", SECTORS), driver);
        handle[0] = layer.open("ram0");
        handle[0].write(0, ByteBuffer.allocate(512));
        disk.remove(Removal.ORDERLY);
        return new WeakReference<>(driver);
    }

    @Test
    void handleThatIsLost_isReportedWithWhere_andClosed() throws Exception {
        try (SystemClockwork clockwork = Clockwork.system("ledger")) {
            FlatBlockLayer layer = new FlatBlockLayer(clockwork);
            Gendisk disk = layer.add(DiskSpec.of("ram", SECTORS), new ScriptedDriver(SECTORS));
            layer.settle(10_000);
            WeakReference<DiskHandle> lost = loseAHandle(layer);
            assertTrue(collected(lost));
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
            while (layer.leaked.isEmpty() && System.nanoTime() < deadline) {
                Thread.onSpinWait();
            }
            assertEquals("handle of ram0", layer.leaked.get(0).what());
            assertEquals("forgetful", layer.leaked.get(0).holder());
            assertTrue(layer.leaked.get(0).stack().toString().contains("FlatBlockLayer.open"));
            while (disk.status().references() > 1 && System.nanoTime() < deadline) {
                Thread.onSpinWait();
            }
            assertEquals(1, disk.status().references());
        }
    }

    private static WeakReference<DiskHandle> loseAHandle(FlatBlockLayer layer) throws IOException {
        return new WeakReference<>(layer.open("ram0", Holder.named("forgetful"), OpenMode.READ));
    }
}
