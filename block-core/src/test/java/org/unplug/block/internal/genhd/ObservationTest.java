package org.unplug.block.internal.genhd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.block.DiskStatistics;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.Removal;
import org.unplug.block.spi.QueueLimits;
import org.unplug.block.testing.ScriptedDriver.Reply;

/** Merging, retries, resizing, counts and traces. */
class ObservationTest extends VirtualDiskTest {

    // ---- merging

    @Test
    void neighboursThatWaited_goInOneRequest_andEachGetsItsOwnBytesAndItsOwnEnd() throws IOException {
        Gendisk disk = add(depth(1));
        DiskHandle handle = open();
        driver.reply(Reply.HOLD);
        Counted first = write(handle, 60);
        List<Counted> all = writes(handle, 20);
        driver.finishNext();
        assertEquals(List.of("WRITE 60+1", "WRITE 0+20"), driver.requests());
        driver.finishNext();
        assertEquals(1, first.ends);
        for (int i = 0; i < 20; i++) {
            assertEquals(1, all.get(i).ends);
            assertEquals(i, driver.content()[i * 512]);
            assertEquals(i, driver.content()[i * 512 + 511]);
        }
        assertEquals(19, disk.statistics().merged());
    }

    @Test
    void mergedReads_areSpreadRightly_howeverTheirBuffersAreCut() throws IOException {
        add(depth(1));
        new Random(4).nextBytes(driver.content());
        DiskHandle handle = open();
        driver.reply(Reply.HOLD);
        write(handle, 63);
        ByteBuffer one = sectors(2);
        ByteBuffer[] cut = {ByteBuffer.allocate(100), ByteBuffer.allocateDirect(924)};
        ByteBuffer three = ByteBuffer.allocate(1024 + 7).position(7);
        handle.submit(handle.newBio().read(10, one));
        handle.submit(handle.newBio().read(12, cut));
        handle.submit(handle.newBio().read(14, three));
        driver.finishNext();
        assertEquals("READ 10+6", driver.requests().get(1));
        driver.finishNext();
        byte[] read = new byte[6 * 512];
        ByteBuffer.wrap(read).put(one.duplicate()).put(cut[0]).put(cut[1]).put(three);
        assertArrayEquals(Arrays.copyOfRange(driver.content(), 10 * 512, 16 * 512), read);
    }

    @Test
    void merging_respectsTheLimits_directionAndForcedUnitAccess() throws IOException {
        add(spec().withLimits(
                        QueueLimits.DEFAULT.withQueueDepth(1).withMaxSectors(3).withWriteCache(true, true)));
        DiskHandle handle = open();
        driver.reply(Reply.HOLD);
        write(handle, 60);
        writes(handle, 4);
        handle.submit(handle.newBio().read(4, sectors(1)));
        handle.submit(handle.newBio().write(5, sectors(1)).fua(true));
        handle.submit(handle.newBio().write(6, sectors(1)));
        driver.finishAll();
        assertEquals(
                List.of("WRITE 60+1", "WRITE 0+3", "WRITE 3+1", "READ 4+1", "WRITE 5+1 FUA", "WRITE 6+1"),
                driver.requests());
    }

    @Test
    void mergedRequestThatFails_failsEachOfThem() throws IOException {
        add(depth(1));
        DiskHandle handle = open();
        driver.reply(Reply.HOLD);
        write(handle, 60);
        List<Counted> all = writes(handle, 3);
        driver.finishNext();
        driver.held.remove(0).complete(BlockStatus.MEDIUM);
        all.forEach(c -> assertEquals(BlockStatus.MEDIUM, c.bio.status()));
        all.forEach(c -> assertEquals(1, c.ends));
    }

    @Test
    void mergedRequestThatFindsNoRoom_comesAgain_withNothingLostOrTwice() throws IOException {
        add(depth(1));
        DiskHandle handle = open();
        driver.reply(Reply.HOLD);
        write(handle, 60);
        List<Counted> all = writes(handle, 5);
        driver.reply(Reply.BUSY);
        driver.finishNext();
        all.forEach(c -> assertEquals(0, c.ends));
        driver.reply(Reply.INLINE);
        clockwork.sleepMs(20);
        all.forEach(c -> assertEquals(1, c.ends));
        assertEquals(List.of("WRITE 60+1", "WRITE 0+5"), driver.requests());
        assertEquals(4, driver.content()[4 * 512]);
    }

    // ---- AGAIN

    @Test
    void again_isTriedNineTimesInAll_andThenTheSubmitterIsTold() throws IOException {
        add(spec());
        DiskHandle handle = open();
        int[] tries = new int[1];
        driver.script = r -> {
            tries[0]++;
            r.complete(BlockStatus.AGAIN);
            return Reply.HOLD;
        };
        Counted bio = write(handle, 0);
        clockwork.sleepMs(5_000);
        assertEquals(9, tries[0]);
        assertEquals(BlockStatus.AGAIN, bio.bio.status());
        assertEquals(1, bio.ends);
    }

    @Test
    void againThatPasses_isNotSeenByTheSubmitter() throws IOException {
        add(spec());
        DiskHandle handle = open();
        int[] tries = new int[1];
        driver.script = r -> {
            if (++tries[0] < 4) {
                r.complete(BlockStatus.AGAIN);
                return Reply.HOLD;
            }
            return Reply.INLINE;
        };
        Counted bio = write(handle, 3);
        assertEquals(0, bio.ends);
        clockwork.sleepMs(5_000);
        assertEquals(BlockStatus.OK, bio.bio.status());
        assertEquals(3, driver.content()[3 * 512]);
    }

    @Test
    void removal_endsWhatRestsBetweenTries_atOnce() throws IOException {
        Gendisk disk = add(spec());
        DiskHandle handle = open();
        driver.script = r -> {
            r.complete(BlockStatus.AGAIN);
            return Reply.HOLD;
        };
        Counted bio = write(handle, 0);
        clockwork.sleepMs(100);
        assertEquals(0, bio.ends);
        long began = clockwork.milliTime();
        disk.remove(Removal.SURPRISE);
        assertEquals(began, clockwork.milliTime());
        assertEquals(1, bio.ends);
        assertEquals(BlockStatus.GONE, bio.bio.status());
    }

    // ---- resize

    @Test
    void resize_upAndDown_whileOpen_isToldAndHolds() throws IOException {
        Gendisk disk = add(spec());
        List<Long> told = new ArrayList<>();
        DiskHandle handle = layer.open(
                "ram0",
                new Holder() {
                    @Override
                    public String holderName() {
                        return "test";
                    }

                    @Override
                    public void sync(long timeoutMs) {}

                    @Override
                    public void markDead(Removal kind) {}

                    @Override
                    public void resized(DiskInfo now) {
                        told.add(now.capacitySectors());
                    }
                },
                OpenMode.WRITE);
        disk.resize(32);
        clockwork.settle();
        assertEquals(List.of(32L), told);
        assertEquals(32, handle.info().capacitySectors());
        assertEquals(BlockStatus.OK, write(handle, 31).bio.status());
        assertEquals(BlockStatus.IOERR, write(handle, 32).bio.status(), "it was there once");
        disk.resize(48);
        clockwork.settle();
        assertEquals(BlockStatus.OK, write(handle, 47).bio.status());
        assertThrows(IllegalArgumentException.class, () -> write(handle, SECTORS), "it was never there");
        assertEquals(List.of(32L, 48L), told);
        assertEquals(
                List.of(32L, 48L),
                layer.resized.stream().map(DiskInfo::capacitySectors).toList());
        assertThrows(IllegalArgumentException.class, () -> disk.resize(0));
    }

    // ---- counts and traces

    @Test
    void statistics_areExact() throws IOException {
        Gendisk disk = add(cached());
        DiskHandle handle = open();
        DiskStatistics before = disk.statistics();
        for (int i = 0; i < 160; i++) {
            handle.write(0, sectors(3));
        }
        for (int i = 0; i < 32; i++) {
            handle.read(0, sectors(2));
        }
        handle.flush();
        driver.reply(Reply.THROW);
        assertThrows(IOException.class, () -> handle.read(0, sectors(1)));
        driver.reply(Reply.HOLD);
        write(handle, 1);
        DiskStatistics now = disk.statistics();
        assertEquals(160, now.writes() - before.writes());
        assertEquals(480, now.sectorsWritten() - before.sectorsWritten());
        assertEquals(32, now.reads() - before.reads());
        assertEquals(64, now.sectorsRead() - before.sectorsRead());
        assertEquals(1, now.flushes() - before.flushes());
        assertEquals(1, now.failed() - before.failed());
        assertEquals(1, now.inFlight());
        assertEquals(0, now.abandoned());
        assertTrue(
                now.write().samples() >= 10 && now.write().samples() <= 11,
                now.write().toString());
        disk.remove(Removal.SURPRISE);
        assertEquals(1, disk.statistics().endedGone());
        assertEquals(1, disk.statistics().abandoned());
        assertEquals(0, disk.statistics().inFlight());
    }

    @Test
    void latencies_sinceAnEarlierLook_areThoseTakenInBetweenOnly() throws IOException {
        Gendisk disk = add(spec());
        DiskHandle handle = open();
        driver.reply(Reply.HOLD);
        for (int i = 0; i < 64; i++) {
            write(handle, 0);
            clockwork.sleepMs(100);
            driver.finishNext();
        }
        DiskStatistics.Latency earlier = disk.statistics().write();
        for (int i = 0; i < 64; i++) {
            write(handle, 0);
            clockwork.sleepMs(2);
            driver.finishNext();
        }
        DiskStatistics.Latency all = disk.statistics().write();
        DiskStatistics.Latency between = all.since(earlier);
        assertEquals(all.samples() - earlier.samples(), between.samples());
        assertTrue(between.samples() > 0);
        assertTrue(all.max() >= 100_000_000, "the slow ones are there");
        assertTrue(between.max() < 3_000_000, between.max() + " ns: a slow one of the time before is counted");
        assertTrue(between.p50() >= 2_000_000, between.p50() + " ns");
        assertEquals(0, all.since(all).samples());
        assertEquals(0, all.since(all).p99());
        assertThrows(IllegalArgumentException.class, () -> earlier.since(all));
    }

    @Test
    void latencies_areFromIssueToCompletion() throws IOException {
        Gendisk disk = add(spec());
        DiskHandle handle = open();
        driver.reply(Reply.HOLD);
        for (int i = 0; i < 64; i++) {
            write(handle, 0);
            clockwork.sleepMs(10);
            driver.finishNext();
        }
        DiskStatistics.Latency taken = disk.statistics().write();
        assertEquals(4, taken.samples());
        assertEquals(10e6, (double) taken.p50(), 0.02 * 10e6);
        assertEquals(10e6, (double) taken.max(), 0.02 * 10e6);
    }

    @Test
    void trace_tellsEachStepOfARequest_inOrder_untilItIsClosed() throws Exception {
        Gendisk disk = add(depth(1));
        DiskHandle handle = open();
        List<String> steps = new ArrayList<>();
        AutoCloseable trace = disk.trace(e -> steps.add(e.step().letter() + " " + e.op() + " " + e.sector() + "+"
                + e.sectors() + (e.status() == null ? "" : " " + e.status())));
        driver.reply(Reply.HOLD);
        write(handle, 0);
        write(handle, 8);
        write(handle, 9);
        driver.finishNext();
        driver.finishNext();
        assertEquals(
                List.of(
                        "Q WRITE 0+1",
                        "D WRITE 0+1",
                        "Q WRITE 8+1",
                        "Q WRITE 9+1",
                        "I WRITE 9+1",
                        "C WRITE 0+1 OK",
                        "M WRITE 9+1",
                        "D WRITE 8+2",
                        "C WRITE 8+2 OK"),
                steps);
        trace.close();
        driver.reply(Reply.INLINE);
        write(handle, 1);
        assertEquals(9, steps.size());
    }

    @Test
    void tracerThatThrows_isTakenOff_andHarmsNobody() throws IOException {
        Gendisk disk = add(spec());
        disk.trace(e -> {
            throw new IllegalStateException("scripted");
        });
        DiskHandle handle = open();
        assertEquals(BlockStatus.OK, write(handle, 1).bio.status());
        assertEquals(BlockStatus.OK, write(handle, 2).bio.status());
        assertEquals(1, layer.faults.size());
    }
}
