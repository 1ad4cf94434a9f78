package org.unplug.block.internal.genhd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskState;
import org.unplug.block.OpenMode;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.Request;
import org.unplug.block.testing.RecordingHolder;
import org.unplug.block.testing.ScriptedDriver;
import org.unplug.block.testing.ScriptedDriver.Reply;

/** R4 and R10: whoever does not answer, removal returns by its deadlines and says who it was. */
class StuckTest extends VirtualDiskTest {

    private static void assertNamed(RemovalReport report, String... words) {
        assertTrue(
                report.laggards().stream().anyMatch(l -> List.of(words).stream().allMatch(l::contains)),
                () -> List.of(words) + " in " + report.laggards());
    }

    @Test
    void driverThatNeverCompletes_losesItsRequestsToTheCore() throws IOException {
        for (Removal kind : Removal.values()) {
            Gendisk disk = add(spec());
            DiskHandle handle = layer.open(disk.info().name());
            driver.reply(Reply.HOLD);
            List<Counted> all = writes(handle, 10);
            long began = clockwork.milliTime();

            RemovalReport report = disk.remove(kind);

            assertTrue(clockwork.milliTime() - began <= 5_000, report.summary());
            assertTrue(report.quiet());
            assertEquals(10, report.inFlight());
            assertEquals(10, report.failedGone());
            assertEquals(10, report.overTheHead());
            for (Counted counted : all) {
                assertEquals(BlockStatus.GONE, counted.bio.status());
                assertTrue(counted.bio.bufferHeld(), "the driver may still write there");
                assertEquals(1, counted.ends);
            }
            assertTrue(driver.held.get(0).isAbandoned());
            driver.finishAll();
            clockwork.settle();
            all.forEach(c -> assertEquals(1, c.ends));
            assertEquals(List.of(), layer.faults);
            handle.close();
            assertEquals(DiskState.RELEASED, disk.state());
            driver.reply(Reply.INLINE);
        }
    }

    @Test
    void driverThatCompletesWhenAskedToCancel_endsGoneAtOnce_howeverItWordsThat() throws IOException {
        Gendisk disk = add(spec());
        DiskHandle handle = open();
        driver.reply(Reply.HOLD);
        driver.whenCancelled = r -> r.complete(BlockStatus.IOERR);
        List<Counted> all = writes(handle, 3);
        RemovalReport report = disk.remove(Removal.SURPRISE);
        assertEquals(0, clockwork.milliTime());
        assertEquals(0, report.overTheHead());
        assertEquals(3, report.failedGone());
        all.forEach(c -> assertEquals(BlockStatus.GONE, c.bio.status()));
        all.forEach(c -> assertFalse(c.bio.bufferHeld()));
    }

    @Test
    void driverThatNeverReturnsFromQueueRequest_isNamed_andNobodyElseEnters() throws IOException {
        for (Removal kind : Removal.values()) {
            Gendisk disk = add(spec());
            DiskHandle handle = layer.open(disk.info().name());
            driver.whenQueued = clockwork::hang;
            clockwork.start("unlucky", () -> write(handle, 1));
            clockwork.settle();
            driver.whenQueued = () -> {};
            long began = clockwork.milliTime();

            RemovalReport report = disk.remove(kind);

            assertEquals(5_000, clockwork.milliTime() - began);
            assertFalse(report.quiet());
            assertNamed(report, "unlucky", "queueRequest");
            assertEquals(1, report.failedGone());
            driver.quiet = true;
            assertEquals(BlockStatus.GONE, write(handle, 2).bio.status());
            assertEquals(0, driver.entriesAfterQuiet.get());
            driver.quiet = false;
        }
    }

    @Test
    void driverThatNeverReturnsFromCommit_isNamed() throws IOException {
        Gendisk disk = add(spec());
        DiskHandle handle = open();
        driver.whenCommitted = clockwork::hang;
        clockwork.start("unlucky", () -> write(handle, 1));
        clockwork.settle();
        RemovalReport report = disk.remove(Removal.SURPRISE);
        assertEquals(5_000, clockwork.milliTime());
        assertFalse(report.quiet());
        assertNamed(report, "unlucky", "commit");
    }

    @Test
    void driverThatNeverReturnsFromCancel_isNamed_andItsRequestsEnd() throws IOException {
        Gendisk disk = add(spec());
        DiskHandle handle = open();
        driver.reply(Reply.HOLD);
        driver.whenCancelled = r -> clockwork.hang();
        List<Counted> all = writes(handle, 3);
        RemovalReport report = disk.remove(Removal.SURPRISE);
        assertEquals(5_000, clockwork.milliTime());
        assertFalse(report.quiet());
        assertNamed(report, "cancel");
        all.forEach(c -> assertEquals(BlockStatus.GONE, c.bio.status()));
    }

    @Test
    void flushThatNeverCompletes_orNeverReturns_isBounded() throws IOException {
        DiskSpec.Timeouts timeouts = new DiskSpec.Timeouts(60_000, 7_000, 5_000);
        for (boolean returns : new boolean[] {true, false}) {
            Gendisk disk = add(cached().withTimeouts(timeouts));
            DiskHandle handle = layer.open(disk.info().name());
            handle.write(0, filled(1, 1));
            driver.script = r -> {
                if (!returns) {
                    clockwork.hang();
                }
                return Reply.HOLD;
            };
            long began = clockwork.milliTime();
            RemovalReport report = disk.remove(Removal.ORDERLY);
            assertTrue(clockwork.milliTime() - began <= 12_000, report.summary());
            assertNamed(report, "flush of " + disk.info().name());
            assertFalse(report.synced());
            assertEquals(returns, report.quiet());
            clockwork.settle();
            assertEquals(0, clockwork.timers(), "no timer is left");
            driver.reply(Reply.INLINE);
        }
    }

    @Test
    void flushOfARemoval_whereTheDriverHasAllTagsOrNoRoom_neitherSpinsNorHangs() throws IOException {
        for (Reply flushReply : new Reply[] {Reply.HOLD, Reply.BUSY}) {
            Gendisk disk = add(cached().withLimits(cached().limits().withQueueDepth(2)));
            DiskHandle handle = layer.open(disk.info().name());
            handle.write(0, filled(1, 1));
            driver.script = r -> r.sectors() == 0 ? flushReply : Reply.HOLD;
            write(handle, 1);
            if (flushReply == Reply.HOLD) {
                write(handle, 2);
            }
            RemovalReport report = disk.remove(Removal.ORDERLY);
            assertFalse(report.synced());
            assertTrue(report.quiet());
            driver.reply(Reply.INLINE);
        }
    }

    @Test
    void holderThatNeverAnswersSync_isNamed_andTheRemovalGoesOnAfterTheSyncDeadline() throws IOException {
        Gendisk disk = add(spec());
        RecordingHolder holder = new RecordingHolder("fs");
        holder.whenSynced = clockwork::hang;
        layer.open("ram0", holder, OpenMode.WRITE);
        RemovalReport report = disk.remove(Removal.ORDERLY);
        assertEquals(30_000, clockwork.milliTime());
        assertNamed(report, "sync of fs");
        assertFalse(report.synced());
        assertTrue(report.quiet());
        assertEquals(List.of("sync", "dead ORDERLY"), holder.told);
    }

    @Test
    void holderThatNeverAnswersMarkDead_isNamed_andTheOthersAreToldMeanwhile() throws IOException {
        Gendisk disk = add(spec());
        RecordingHolder stuck = new RecordingHolder("stuck");
        stuck.whenDead = clockwork::hang;
        RecordingHolder other = new RecordingHolder("other");
        layer.open("ram0", stuck, OpenMode.WRITE);
        layer.open("ram0", other, OpenMode.WRITE);
        long[] toldAt = {-1};
        other.whenDead = () -> toldAt[0] = clockwork.milliTime();
        RemovalReport report = disk.remove(Removal.SURPRISE);
        assertEquals(5_000, clockwork.milliTime());
        assertNamed(report, "markDead of stuck");
        assertEquals(0, toldAt[0]);
        assertTrue(report.quiet());
    }

    @Test
    void listenerOfTheServiceThatSleeps_isNamed() {
        Gendisk disk = add(spec());
        layer.whenUnpublished = clockwork::hang;
        RemovalReport report = disk.remove(Removal.ORDERLY);
        assertEquals(5_000, clockwork.milliTime());
        assertNamed(report, "a listener of the service of ram0");
        assertTrue(report.quiet());
    }

    @Test
    void orderlyRemoval_letsASlowDriverFinish() throws IOException {
        Gendisk disk = add(spec());
        driver.reply(Reply.HOLD);
        Counted slow = write(open(), 1);
        clockwork.schedule(2_000, driver::finishAll);
        RemovalReport report = disk.remove(Removal.ORDERLY);
        assertEquals(BlockStatus.OK, slow.bio.status());
        assertEquals(2_000, clockwork.milliTime());
        assertEquals(0, report.failedGone());
    }

    // ---- R10

    @Test
    void stuckDisk_doesNotDelayAnother() throws IOException {
        Gendisk stuck = add(spec());
        Gendisk other = layer.add(spec(), new ScriptedDriver(SECTORS));
        clockwork.settle();
        driver.whenQueued = clockwork::hang;
        DiskHandle handle = open();
        clockwork.start("unlucky", () -> write(handle, 1));
        clockwork.start("remover of the stuck one", () -> stuck.remove(Removal.ORDERLY));
        clockwork.settle();
        assertTrue(other.remove(Removal.ORDERLY).quiet());
        assertEquals(0, clockwork.milliTime());
        assertEquals(DiskState.DYING, stuck.state());
    }

    @Test
    void stopOfABundleWithManyStuckDisks_takesTheTimeOfOne() throws IOException {
        for (int i = 0; i < 5; i++) {
            ScriptedDriver each = new ScriptedDriver(SECTORS);
            Gendisk disk = layer.add(spec(), each);
            clockwork.settle();
            each.reply(Reply.HOLD);
            write(layer.open(disk.info().name()), 1);
        }
        layer.driverBundle().stopping(clockwork);
        assertTrue(clockwork.milliTime() <= 5_000, "took " + clockwork.milliTime());
        assertEquals(5, layer.reports.size());
    }

    @Test
    void answerThatIsThere_isDeliveredBeforeAnotherDisksDriverIsEntered() throws IOException {
        add(spec());
        ScriptedDriver stuck = new ScriptedDriver(SECTORS);
        layer.add(spec(), stuck);
        clockwork.settle();
        stuck.whenQueued = clockwork::hang;
        DiskHandle good = layer.open("ram0");
        DiskHandle bad = layer.open("ram1");
        Counted[] pair = new Counted[2];
        clockwork.start("submitter of both", () -> {
            good.submit(good.newBio().read(0, sectors(1)).onEnd(b -> {
                pair[0] = write(good, 1);
                pair[1] = write(bad, 1);
            }));
            return null;
        });
        clockwork.settle();
        assertEquals(BlockStatus.OK, pair[0].bio.status());
        assertNull(pair[1].bio.status());
    }

    // ---- time-outs

    @Test
    void timeOut_asksFirst_andDecidesAFifthLater() throws IOException {
        add(spec().withTimeouts(new DiskSpec.Timeouts(1_000, 1_000, 1_000)));
        driver.reply(Reply.HOLD);
        Counted counted = write(open(), 1);
        clockwork.sleepMs(990);
        assertFalse(driver.log.toString().contains("cancel"));
        clockwork.sleepMs(260);
        assertTrue(driver.log.toString().contains("cancel"), driver.log.toString());
        assertNull(counted.bio.status());
        clockwork.sleepMs(500);
        assertEquals(BlockStatus.TIMEOUT, counted.bio.status());
        assertTrue(counted.bio.bufferHeld());
        assertEquals(1, driver.log.stream().filter(l -> l.startsWith("cancel")).count(), "asked once");
    }

    @Test
    void timedOutRequest_isNotCountedAsTheRemovals() throws IOException {
        Gendisk disk = add(spec().withTimeouts(new DiskSpec.Timeouts(100, 1_000, 1_000)));
        driver.reply(Reply.HOLD);
        write(open(), 1);
        clockwork.sleepMs(1_000);
        RemovalReport report = disk.remove(Removal.SURPRISE);
        assertEquals(0, report.overTheHead());
        assertEquals(0, report.failedGone());
    }

    @Test
    void lateLetGoOfATimedOutRequest_freesItsTag() throws IOException {
        add(depth(1).withTimeouts(new DiskSpec.Timeouts(100, 1_000, 1_000)));
        driver.reply(Reply.HOLD);
        DiskHandle handle = open();
        Counted first = write(handle, 1);
        clockwork.sleepMs(1_000);
        assertEquals(BlockStatus.TIMEOUT, first.bio.status());
        driver.reply(Reply.INLINE);
        Counted second = write(handle, 2);
        assertNull(second.bio.status(), "the only tag is with the driver still");
        Request late = driver.held.remove(0);
        late.complete(BlockStatus.OK);
        clockwork.settle();
        assertEquals(BlockStatus.OK, second.bio.status());
        assertEquals(BlockStatus.TIMEOUT, first.bio.status());
        assertEquals(1, first.ends);
    }
}
