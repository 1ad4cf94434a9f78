package org.unplug.block.internal.genhd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskState;
import org.unplug.block.GoneException;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.FilterRegistration;
import org.unplug.block.spi.QueueLimits;
import org.unplug.block.spi.Request;
import org.unplug.block.testing.FlatBlockLayer;
import org.unplug.block.testing.ScriptedDriver;
import org.unplug.block.testing.ScriptedDriver.Reply;
import org.unplug.block.testing.VirtualClockwork;

/** Filters under an open disk: put in, taken out, under load, while the disk goes. */
class FiltersTest extends VirtualDiskTest {

    /** Passes everything on, and counts who is inside. */
    private static final class Pass implements DiskDriver {
        private final DiskHandle below;
        final List<String> log = new ArrayList<>();
        int inside;
        int entriesAfterQuiet;
        boolean quiet;
        Runnable whenQueued = () -> {};

        Pass(DiskHandle below) {
            this.below = below;
        }

        private void enter() {
            inside++;
            if (quiet) {
                entriesAfterQuiet++;
            }
        }

        @Override
        public boolean queueRequest(Request request) {
            enter();
            log.add(ScriptedDriver.describe(request));
            Bio bio = below.newBio();
            ByteBuffer[] segments = new ByteBuffer[request.segmentCount()];
            for (int i = 0; i < segments.length; i++) {
                segments[i] = request.segment(i);
            }
            switch (request.op()) {
                case READ -> bio.read(request.sector(), segments);
                case WRITE -> bio.write(request.sector(), segments);
                case FLUSH -> bio.flush();
                default -> throw new AssertionError(request);
            }
            below.submit(bio.onEnd(ended -> {
                enter();
                request.complete(ended.status(), ended.bufferHeld());
                inside--;
            }));
            whenQueued.run();
            inside--;
            return true;
        }
    }

    private final List<Pass> made = new ArrayList<>();

    private FilterRegistration insert(String name) {
        return layer.table().insert(layer.userBundle(), "ram0", name, below -> {
            Pass pass = new Pass(below);
            made.add(pass);
            return pass;
        });
    }

    @Test
    void filters_areInTheRequestsWay_uppermostFirst_andOutOfItAgain() throws IOException {
        Gendisk disk = add(spec());
        DiskHandle handle = open();
        FilterRegistration lower = insert("lower");
        FilterRegistration upper = insert("upper");
        assertEquals(List.of("upper", "lower"), disk.status().filters());
        handle.write(1, filled(1, 7));
        assertEquals(List.of("WRITE 1+1"), made.get(0).log);
        assertEquals(List.of("WRITE 1+1"), made.get(1).log);
        assertEquals(7, driver.content()[512]);
        assertTrue(lower.remove());
        assertTrue(lower.remove(), "idempotent");
        assertFalse(lower.isInserted());
        assertTrue(upper.isInserted());
        handle.write(2, filled(1, 8));
        assertEquals(1, made.get(0).log.size());
        assertEquals(2, made.get(1).log.size());
        assertTrue(upper.remove());
        handle.write(3, filled(1, 9));
        assertEquals(2, made.get(1).log.size());
        assertEquals(List.of(), disk.status().filters());
    }

    @Test
    void insertion_waitsForWhatTheDriverHas_andWhatComesMeanwhileGoesThroughTheFilter() throws IOException {
        add(spec());
        DiskHandle handle = open();
        driver.reply(Reply.HOLD);
        Counted before = write(handle, 0);
        VirtualClockwork.Started<FilterRegistration> inserting = clockwork.start("inserter", () -> insert("pass"));
        clockwork.settle();
        Counted during = write(handle, 2);
        assertFalse(inserting.isDone());
        assertEquals(List.of("WRITE 0+1"), driver.requests());
        driver.finishNext();
        clockwork.settle();
        assertTrue(inserting.isDone());
        assertEquals(List.of("WRITE 2+1"), made.get(0).log);
        driver.finishNext();
        assertEquals(1, before.ends);
        assertEquals(1, during.ends);
    }

    @Test
    void insertion_intoADriverThatDoesNotEnd_isRefusedInTime_andLeavesEverythingAsItWas() throws IOException {
        Gendisk disk = add(spec().withTimeouts(new DiskSpec.Timeouts(50_000, 200, 300)));
        DiskHandle handle = open();
        driver.reply(Reply.HOLD);
        Counted stuck = write(handle, 0);
        long began = clockwork.milliTime();
        assertThrows(IllegalStateException.class, () -> insert("pass"));
        assertTrue(clockwork.milliTime() - began <= 150, "half of the drain deadline");
        assertEquals(List.of(), disk.status().filters());
        driver.finishNext();
        driver.reply(Reply.INLINE);
        assertEquals(BlockStatus.OK, stuck.bio.status());
        assertEquals(BlockStatus.OK, write(handle, 2).bio.status());
        assertEquals(List.of(), made, "it was not even made");
    }

    @Test
    void takingOut_waitsForWhatTheFilterHas() throws IOException {
        add(spec());
        DiskHandle handle = open();
        FilterRegistration pass = insert("pass");
        driver.reply(Reply.HOLD);
        Counted one = write(handle, 0);
        VirtualClockwork.Started<Boolean> remover = clockwork.start("remover", pass::remove);
        clockwork.settle();
        Counted two = write(handle, 2);
        assertFalse(remover.isDone());
        driver.finishNext();
        clockwork.settle();
        assertTrue(remover.result());
        made.get(0).quiet = true;
        assertEquals(0, made.get(0).inside);
        driver.finishNext();
        assertEquals(1, one.ends);
        assertEquals(1, two.ends);
        assertEquals(0, made.get(0).entriesAfterQuiet);
        assertEquals(1, made.get(0).log.size());
    }

    @Test
    void takingOut_waitsForAThreadThatHasNotComeOutOfTheFilter_thoughItsRequestHasEnded() throws IOException {
        add(spec());
        DiskHandle handle = open();
        FilterRegistration pass = insert("pass");
        boolean[] linger = {true};
        made.get(0).whenQueued = () -> clockwork.until(() -> !linger[0]);
        clockwork.start("submitter", () -> write(handle, 0));
        clockwork.settle();
        VirtualClockwork.Started<Boolean> remover = clockwork.start("remover", pass::remove);
        clockwork.settle();
        assertFalse(remover.isDone());
        linger[0] = false;
        clockwork.settle();
        assertTrue(remover.result());
        assertEquals(0, made.get(0).inside);
    }

    @Test
    void removalOfTheDisk_isQuiet_inTheFilterAndInTheDriverBelow() throws IOException {
        for (Removal kind : Removal.values()) {
            made.clear();
            layer.add(spec(), driver);
            clockwork.settle();
            Gendisk disk = layer.find("ram0");
            FilterRegistration pass = insert("pass");
            DiskHandle handle = open();
            driver.reply(Reply.HOLD);
            List<Counted> all = writes(handle, 5);
            driver.whenCancelled = r -> {
                if (driver.held.remove(r)) {
                    r.complete(BlockStatus.IOERR);
                }
            };
            RemovalReport report = disk.remove(kind);
            made.get(0).quiet = true;
            driver.quiet = true;
            assertTrue(report.quiet(), report.summary());
            assertEquals(List.of(), report.laggards());
            clockwork.sleepMs(2_000);
            assertEquals(0, made.get(0).entriesAfterQuiet);
            assertEquals(0, driver.entriesAfterQuiet.get());
            all.forEach(c -> assertEquals(BlockStatus.GONE, c.bio.status()));
            all.forEach(c -> assertEquals(1, c.ends));
            assertFalse(pass.isInserted());
            assertTrue(pass.remove());
            handle.close();
            assertEquals(DiskState.RELEASED, disk.state());
            driver.quiet = false;
            driver.reply(Reply.INLINE);
        }
    }

    @Test
    void filterRemovedWhileItsDiskGoes_waitsForTheDisksRemoval() throws IOException {
        Gendisk disk = add(spec());
        FilterRegistration pass = insert("pass");
        DiskHandle handle = open();
        driver.reply(Reply.HOLD);
        Counted stuck = write(handle, 0);
        VirtualClockwork.Started<RemovalReport> going = startRemoving(disk, Removal.SURPRISE);
        VirtualClockwork.Started<Boolean> out = clockwork.start("filter remover", pass::remove);
        clockwork.settle();
        assertFalse(out.isDone(), "a thread may be inside it until the disk's removal says not");
        clockwork.sleepMs(10_000);
        assertTrue(going.result().quiet());
        assertTrue(out.result());
        assertEquals(1, stuck.ends);
        driver.finishAll();
        assertEquals(1, stuck.ends);
    }

    @Test
    void stopOfTheFiltersBundle_takesItOut() throws IOException {
        Gendisk disk = add(spec());
        DiskHandle handle = layer.table()
                .find("ram0")
                .open(
                        layer.driverBundle(),
                        new org.unplug.block.testing.RecordingHolder("user"),
                        org.unplug.block.OpenMode.WRITE);
        FilterRegistration pass = insert("pass");
        layer.userBundle().stopping(clockwork);
        assertFalse(pass.isInserted());
        handle.write(0, filled(1, 1));
        assertEquals(List.of(), made.get(0).log);
        assertThrows(IllegalStateException.class, () -> insert("late"));
        assertEquals(List.of(), disk.status().filters());
        assertEquals(List.of(), layer.faults);
    }

    @Test
    void handleBelowAFilter_isGone_whenTheFilterIsOut() throws IOException {
        add(spec());
        DiskHandle[] below = new DiskHandle[1];
        FilterRegistration pass = layer.table().insert(layer.userBundle(), "ram0", "pass", b -> {
            below[0] = b;
            return new Pass(b);
        });
        below[0].write(0, filled(1, 1));
        assertTrue(pass.remove());
        assertTrue(below[0].isGone());
        assertThrows(GoneException.class, () -> below[0].write(0, filled(1, 2)));
        assertEquals(1, driver.content()[0]);
    }

    /** Filters, schedulers, AGAIN and a removal at any instant, by seed: each bio ends once, nobody is inside after. */
    @Test
    void everyBio_endsOnce_whateverIsPutInAndTakenOutMeanwhile() throws IOException {
        for (long seed = 0; seed < 60; seed++) {
            schedule(seed);
        }
    }

    private static void schedule(long seed) throws IOException {
        Random random = new Random(seed);
        try (VirtualClockwork clockwork = new VirtualClockwork(seed)) {
            FlatBlockLayer layer = new FlatBlockLayer(clockwork);
            ScriptedDriver driver = new ScriptedDriver(SECTORS);
            Gendisk disk = layer.add(
                    spec().withTimeouts(new DiskSpec.Timeouts(200, 300, 500))
                            .withLimits(QueueLimits.DEFAULT
                                    .withQueueDepth(1 + random.nextInt(5))
                                    .withMaxSectors(3)
                                    .withWriteCache(random.nextBoolean(), false)),
                    driver);
            clockwork.settle();
            driver.script = r -> reply(driver, clockwork, random, r);
            boolean cancels = random.nextBoolean();
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
                        int sectors = 1 + random.nextInt(5);
                        Bio bio = handle.newBio();
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
            List<Pass> passes = new ArrayList<>();
            VirtualClockwork.Started<Void> changer = clockwork.start("changer", () -> {
                List<FilterRegistration> in = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    change(layer, passes, in, random);
                    clockwork.sleepMs(random.nextInt(30));
                }
                return null;
            });
            clockwork.sleepMs(random.nextInt(250));
            long began = clockwork.milliTime();
            RemovalReport report = disk.remove(random.nextBoolean() ? Removal.ORDERLY : Removal.SURPRISE);
            String what = "seed " + seed + ", " + report.summary() + ", " + layer.faults;
            assertTrue(clockwork.milliTime() - began <= 801, what);
            assertTrue(report.quiet(), what + report.laggards());
            driver.quiet = true;
            passes.forEach(p -> p.quiet = true);
            passes.forEach(p -> assertEquals(0, p.inside, what));
            clockwork.sleepMs(3_000);
            changer.result();
            assertEquals(36, ends.size(), what);
            ends.forEach(count -> assertEquals(1, count[0], what));
            assertEquals(0, driver.entriesAfterQuiet.get(), what);
            passes.forEach(p -> assertEquals(0, p.entriesAfterQuiet, what));
            driver.finishAll();
            clockwork.settle();
            ends.forEach(count -> assertEquals(1, count[0], what));
            handle.close();
            assertEquals(DiskState.RELEASED, disk.state(), what);
            assertEquals(0, clockwork.timers(), what);
        }
    }

    private static void change(FlatBlockLayer layer, List<Pass> passes, List<FilterRegistration> in, Random random) {
        try {
            switch (random.nextInt(3)) {
                case 0 -> {
                    List<String> names = layer.table().schedulers().names();
                    layer.table().schedule("ram0", names.get(random.nextInt(names.size())));
                }
                case 1 ->
                    in.add(layer.table().insert(layer.driverBundle(), "ram0", "pass", below -> {
                        Pass pass = new Pass(below);
                        passes.add(pass);
                        return pass;
                    }));
                default -> {
                    if (!in.isEmpty()) {
                        in.remove(random.nextInt(in.size())).remove();
                    }
                }
            }
        } catch (IllegalArgumentException | IllegalStateException refused) {
            // The disk has gone, or its driver was stuck: what then holds is asserted by the caller.
            return;
        }
    }

    private static Reply reply(ScriptedDriver driver, VirtualClockwork clockwork, Random random, Request request) {
        int dice = random.nextInt(100);
        if (dice < 40) {
            return Reply.INLINE;
        } else if (dice < 88) {
            boolean again = dice < 55;
            clockwork.schedule(1 + random.nextInt(20), () -> {
                if (driver.held.remove(request)) {
                    if (again) {
                        request.complete(BlockStatus.AGAIN);
                    } else {
                        driver.finish(request);
                    }
                }
            });
            return Reply.HOLD;
        } else if (dice < 90) {
            return Reply.HOLD;
        }
        return Reply.BUSY;
    }
}
