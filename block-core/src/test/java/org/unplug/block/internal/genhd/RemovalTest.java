package org.unplug.block.internal.genhd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskState;
import org.unplug.block.GoneException;
import org.unplug.block.OpenMode;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.testing.FlatBlockLayer;
import org.unplug.block.testing.RecordingHolder;
import org.unplug.block.testing.ScriptedDriver;
import org.unplug.block.testing.ScriptedDriver.Reply;
import org.unplug.block.testing.VirtualClockwork;

/** R1, R5 to R8 and R11 on a driver that behaves. */
class RemovalTest extends VirtualDiskTest {

    // ---- R1

    @Test
    void remove_onceItRefuses_failsOpensAndRequestsGone_andLetsTheOthersFinish() throws IOException {
        Gendisk disk = add(spec());
        DiskHandle handle = open();
        driver.reply(Reply.HOLD);
        Counted before = write(handle, 1);

        VirtualClockwork.Started<RemovalReport> remover = startRemoving(disk, Removal.ORDERLY);

        assertEquals(DiskState.DYING, disk.state());
        assertTrue(handle.isGone());
        assertThrows(GoneException.class, this::open);
        Counted after = write(handle, 2);
        assertEquals(BlockStatus.GONE, after.bio.status());
        assertEquals(1, after.ends);
        assertNull(before.bio.status());
        assertFalse(remover.isDone());

        driver.finishAll();
        clockwork.settle();
        assertEquals(BlockStatus.OK, before.bio.status());
        assertEquals(1, remover.result().inFlight());
        assertEquals(0, remover.result().failedGone());
        assertTrue(remover.result().quiet());
        assertEquals(DiskState.DEAD, disk.state());
    }

    @Test
    void markDead_refusesBeforeItReturns() throws IOException {
        Gendisk disk = add(spec());
        DiskHandle handle = open();

        disk.markDead();

        assertTrue(handle.isGone());
        assertEquals(DiskState.DYING, disk.state());
        assertThrows(GoneException.class, this::open);
        assertEquals(BlockStatus.GONE, write(handle, 2).bio.status());
        assertEquals(List.of(), driver.requests());
        clockwork.settle();
        assertEquals(DiskState.DEAD, disk.state());
    }

    @Test
    void markDead_whileSyncing_refusesBeforeItReturns() throws IOException {
        Gendisk disk = add(spec());
        RecordingHolder holder = new RecordingHolder("fs");
        holder.whenSynced = clockwork::hang;
        DiskHandle handle = layer.open("ram0", holder, OpenMode.WRITE);
        VirtualClockwork.Started<RemovalReport> remover = startRemoving(disk, Removal.ORDERLY);
        assertEquals(DiskState.SYNCING, disk.state());
        assertFalse(handle.isGone());

        disk.markDead();
        assertTrue(handle.isGone());
        assertEquals(BlockStatus.GONE, write(handle, 2).bio.status());
        clockwork.settle();

        assertTrue(remover.isDone(), "the surprise cuts the sync short");
        assertEquals(Removal.SURPRISE, remover.result().kind());
        assertFalse(remover.result().synced());
        assertEquals(List.of("sync", "dead SURPRISE"), holder.told);
        assertEquals(0, clockwork.milliTime());
    }

    @Test
    void holder_thatWasToldDead_isNotAskedToSyncAfterwards() throws IOException {
        for (long seed = 0; seed < 100; seed++) {
            try (VirtualClockwork anyOrder = new VirtualClockwork(seed)) {
                FlatBlockLayer its = new FlatBlockLayer(anyOrder);
                Gendisk disk = its.add(spec(), new ScriptedDriver(SECTORS));
                anyOrder.settle();
                RecordingHolder holder = new RecordingHolder("fs") {
                    @Override
                    public String holderName() {
                        // The removal names whom it is about to send for: the device goes in between.
                        if (disk.state() == DiskState.SYNCING) {
                            disk.markDead();
                        }
                        return super.holderName();
                    }
                };
                its.open("ram0", holder, OpenMode.WRITE);
                anyOrder.start("remover", () -> disk.remove(Removal.ORDERLY));
                anyOrder.settle();

                assertEquals("dead SURPRISE", holder.told.get(holder.told.size() - 1), "seed " + seed);
            }
        }
    }

    @Test
    void flushThatFoundNoTag_sinceTheDriverKeptThemAll_comesOnceTheyAreFree() throws IOException {
        // No request is late before the removal has waited for its flush.
        DiskSpec.Timeouts timeouts = new DiskSpec.Timeouts(600_000, 30_000, 5_000);
        Gendisk disk = add(depth(2).withLimits(depth(2).limits().withWriteCache(true, false))
                .withTimeouts(timeouts));
        try (DiskHandle handle = open()) {
            handle.write(0, filled(1, 7));
            driver.script = r -> r.sectors() == 0 ? Reply.INLINE : Reply.HOLD;
            driver.whenCancelled = r -> r.complete(BlockStatus.IOERR);
            writes(handle, 2);
            driver.log.clear();
            RemovalReport report = disk.remove(Removal.ORDERLY);
            assertEquals(List.of("FLUSH"), driver.requests(), "what was written is made durable");
            assertTrue(report.quiet(), report.summary());
            assertTrue(clockwork.milliTime() <= 35_000, report.summary());
        }
    }

    @Test
    void markDead_whileTheFlushOfAnOrderlyRemovalIsUnderWay_callsItOff() throws IOException {
        Gendisk disk = add(cached());
        DiskHandle handle = open();
        handle.write(0, filled(1, 7));
        driver.reply(Reply.HOLD);
        driver.whenCancelled = r -> r.complete(BlockStatus.IOERR);
        VirtualClockwork.Started<RemovalReport> remover = startRemoving(disk, Removal.ORDERLY);
        assertEquals(List.of("WRITE 0+1", "FLUSH"), driver.requests());

        disk.markDead();
        clockwork.settle();
        assertTrue(remover.isDone());
        assertEquals(Removal.SURPRISE, remover.result().kind());
        assertEquals(0, remover.result().overTheHead());
        assertEquals(0, clockwork.milliTime());

        handle.close();
        assertEquals(List.of(), layer.faults);
        assertEquals(DiskState.RELEASED, disk.state());
    }

    @Test
    void flushThatTheDriverKeeps_afterASurprise_isEndedOverItsHead_byTheDeadline() throws IOException {
        Gendisk disk = add(cached());
        DiskHandle handle = open();
        handle.write(0, filled(1, 7));
        driver.reply(Reply.HOLD);
        VirtualClockwork.Started<RemovalReport> remover = startRemoving(disk, Removal.ORDERLY);

        disk.markDead();
        clockwork.settle();
        assertFalse(remover.isDone(), "the driver has a request still");
        clockwork.sleepMs(disk.spec().timeouts().drainMs());
        clockwork.settle();
        assertEquals(1, remover.result().overTheHead());

        driver.finishAll();
        handle.close();
        assertEquals(List.of(), layer.faults);
        assertEquals(DiskState.RELEASED, disk.state());
    }

    @Test
    void open_whileSyncing_isAdmitted_andItsHolderIsAskedToSyncToo() throws IOException {
        Gendisk disk = add(spec());
        RecordingHolder late = new RecordingHolder("late");
        RecordingHolder first = new RecordingHolder("first");
        first.whenSynced = () -> layer.open("ram0", late, OpenMode.WRITE);
        layer.open("ram0", first, OpenMode.WRITE);

        RemovalReport report = disk.remove(Removal.ORDERLY);

        assertTrue(report.synced());
        assertEquals(List.of("sync", "dead ORDERLY"), first.told);
        assertEquals(List.of("sync", "dead ORDERLY"), late.told);
    }

    // ---- R4, R7: the buffers of a request that was ended over the driver's head

    @Test
    void abandonedRequest_keepsItsOwnBuffer_whenItsBioIsUsedAgain() throws IOException {
        Gendisk disk = add(spec());
        DiskHandle handle = open();
        driver.reply(Reply.HOLD);
        ByteBuffer first = filled(1, 1);
        Bio bio = handle.newBio().write(0, first);
        handle.submit(bio);
        disk.remove(Removal.SURPRISE);
        assertEquals(BlockStatus.GONE, bio.status());
        assertTrue(bio.bufferHeld());

        bio.write(1, filled(1, 2));
        assertSame(first, driver.held.get(0).segment(0));
        driver.finishAll();
        handle.close();
    }

    // ---- R5

    @Test
    void name_isFreeOnlyAfterTheLastPut() throws IOException {
        Gendisk disk = add(spec());
        DiskHandle handle = open();
        DiskHandle second = open();
        disk.remove(Removal.SURPRISE);
        assertEquals("ram1", layer.add(spec(), driver).info().name());

        handle.close();
        assertEquals(DiskState.DEAD, disk.state());
        assertEquals(List.of(), layer.released);
        second.close();
        assertEquals(DiskState.RELEASED, disk.state());
        assertEquals(List.of("ram0"), layer.released);

        Gendisk again = layer.add(spec(), driver);
        assertEquals("ram0", again.info().name());
        assertEquals(disk.info().number(), again.info().number());
        assertNotEquals(disk.info().epoch(), again.info().epoch());
    }

    @Test
    void close_twice_putsOnce() throws IOException {
        Gendisk disk = add(spec());
        DiskHandle handle = open();
        DiskHandle other = open();
        handle.close();
        handle.close();
        disk.remove(Removal.SURPRISE);
        assertEquals(DiskState.DEAD, disk.state());
        other.close();
        assertEquals(DiskState.RELEASED, disk.state());
    }

    @Test
    void useOfTheService_keepsTheDiskUntilItIsPut_andIsPutOnceThoughToldTwice() {
        Gendisk disk = add(spec());
        assertTrue(disk.getBy(layer.userBundle()));
        assertEquals(List.of("test.user"), layer.list().get(0).users());
        assertEquals(2, layer.list().get(0).references());
        disk.putBy(layer.userBundle());
        disk.putBy(layer.userBundle());
        assertEquals(1, layer.list().get(0).references());
        assertTrue(disk.getBy(layer.userBundle()));
        disk.remove(Removal.ORDERLY);
        assertEquals(DiskState.RELEASED, disk.state(), "the service is gone and with it its uses");
        assertFalse(disk.getBy(layer.userBundle()));
    }

    // ---- R6

    @Test
    void holder_withSeveralHandles_isToldOnce() throws IOException {
        Gendisk disk = add(spec());
        RecordingHolder holder = new RecordingHolder("fs");
        layer.open("ram0", holder, OpenMode.WRITE);
        layer.open("ram0", holder, OpenMode.READ);
        RecordingHolder other = new RecordingHolder("other");
        layer.open("ram0", other, OpenMode.READ);

        RemovalReport report = disk.remove(Removal.ORDERLY);

        assertEquals(List.of("sync", "dead ORDERLY"), holder.told);
        assertEquals(List.of("sync", "dead ORDERLY"), other.told);
        assertEquals(2, report.holdersTold());
    }

    @Test
    void surprise_tellsWithoutSync() throws IOException {
        Gendisk disk = add(spec());
        RecordingHolder holder = new RecordingHolder("fs");
        layer.open("ram0", holder, OpenMode.WRITE);
        disk.remove(Removal.SURPRISE);
        assertEquals(List.of("dead SURPRISE"), holder.told);
    }

    @Test
    void holder_isNotToldUnderALock() throws IOException {
        Gendisk disk = add(spec());
        RecordingHolder holder = new RecordingHolder("fs");
        boolean[] locked = new boolean[1];
        holder.whenDead = () -> locked[0] = Thread.holdsLock(disk) || Thread.holdsLock(layer);
        DiskHandle handle = layer.open("ram0", holder, OpenMode.WRITE);
        holder.whenSynced = () -> handle.write(0, filled(1, 1));
        disk.remove(Removal.ORDERLY);
        assertFalse(locked[0]);
        assertEquals(1, driver.content()[0]);
    }

    @Test
    void holder_thatClosedInSync_isNotToldAgain() throws IOException {
        Gendisk disk = add(spec());
        RecordingHolder holder = new RecordingHolder("fs");
        DiskHandle handle = layer.open("ram0", holder, OpenMode.WRITE);
        holder.whenSynced = handle::close;
        RemovalReport report = disk.remove(Removal.ORDERLY);
        assertEquals(List.of("sync"), holder.told);
        assertEquals(0, report.holdersTold());
        assertEquals(DiskState.RELEASED, disk.state());
    }

    @Test
    void syncThatFails_isReported_andTheRemovalGoesOn() throws IOException {
        Gendisk disk = add(spec());
        RecordingHolder holder = new RecordingHolder("fs");
        holder.whenSynced = () -> {
            throw new IOException("no room for the journal");
        };
        layer.open("ram0", holder, OpenMode.WRITE);
        RemovalReport report = disk.remove(Removal.ORDERLY);
        assertFalse(report.synced());
        assertTrue(report.problems().get(0).contains("no room for the journal"), report.summary());
        assertEquals(DiskState.DEAD, disk.state());
    }

    // ---- R8

    @Test
    void orderly_syncsThenFlushesThenRefuses() throws IOException {
        Gendisk disk = add(cached());
        RecordingHolder holder = new RecordingHolder("fs");
        DiskHandle handle = layer.open("ram0", holder, OpenMode.WRITE);
        holder.whenSynced = () -> handle.write(5, filled(1, 5));

        RemovalReport report = disk.remove(Removal.ORDERLY);

        assertEquals(List.of("WRITE 5+1", "FLUSH"), driver.requests());
        assertTrue(report.synced());
    }

    @Test
    void writeBetweenTheFlushAndTheRefusal_isFlushedOnceMore() throws IOException {
        Gendisk disk = add(cached());
        DiskHandle handle = open();
        handle.write(1, filled(1, 1));
        driver.script = r -> {
            if (r.op() == org.unplug.block.BioOp.FLUSH
                    && driver.requests().stream().noneMatch("FLUSH"::equals)) {
                clockwork.start("late writer", () -> {
                    handle.write(2, filled(1, 2));
                    return null;
                });
                return Reply.HOLD;
            }
            return Reply.INLINE;
        };
        VirtualClockwork.Started<RemovalReport> remover = startRemoving(disk, Removal.ORDERLY);
        driver.finishAll();
        clockwork.settle();
        assertEquals(List.of("WRITE 1+1", "FLUSH", "WRITE 2+1", "FLUSH"), driver.requests());
        assertTrue(remover.result().synced());
    }

    @Test
    void writeThatBeganBeforeTheFlush_andCompletedAfterIt_isFlushedOnceMore() throws IOException {
        Gendisk disk = add(cached());
        DiskHandle handle = open();
        handle.write(1, filled(1, 1));
        driver.reply(Reply.HOLD);
        Counted slow = write(handle, 2);
        VirtualClockwork.Started<RemovalReport> remover = startRemoving(disk, Removal.ORDERLY);
        assertEquals(List.of("WRITE 1+1", "WRITE 2+1", "FLUSH"), driver.requests());

        driver.finish(driver.held.remove(1));
        clockwork.settle();
        driver.finishNext();
        assertEquals(BlockStatus.OK, slow.bio.status());
        clockwork.settle();
        assertEquals(List.of("WRITE 1+1", "WRITE 2+1", "FLUSH", "FLUSH"), driver.requests());
        driver.finishAll();
        clockwork.settle();
        assertTrue(remover.result().synced());
    }

    @Test
    void orderly_whereNothingWasWritten_sendsNoFlush() throws IOException {
        Gendisk disk = add(cached());
        open().read(0, sectors(1));
        disk.remove(Removal.ORDERLY);
        assertEquals(List.of("READ 0+1"), driver.requests());
    }

    @Test
    void flushThatFails_isReported() throws IOException {
        Gendisk disk = add(cached());
        open().write(0, filled(1, 1));
        driver.reply(Reply.THROW);
        RemovalReport report = disk.remove(Removal.ORDERLY);
        assertFalse(report.synced());
        assertTrue(report.problems().get(0).contains("flush of ram0 failed"), report.summary());
    }

    // ---- R11

    @Test
    void twoRemovers_seeOneRemovalAndTheSameReport() throws IOException {
        Gendisk disk = add(spec());
        driver.reply(Reply.HOLD);
        write(open(), 1);
        VirtualClockwork.Started<RemovalReport> first = startRemoving(disk, Removal.ORDERLY);
        VirtualClockwork.Started<RemovalReport> second = startRemoving(disk, Removal.ORDERLY);
        assertFalse(second.isDone());
        driver.finishAll();
        clockwork.settle();
        assertSame(first.result(), second.result());
        assertSame(first.result(), disk.remove(Removal.SURPRISE));
        assertEquals(1, layer.reports.size());
    }

    @Test
    void insertedAgain_isANewDisk_thatOldHandlesNeverReach() throws IOException {
        Gendisk disk = add(spec());
        DiskHandle old = open();
        disk.remove(Removal.SURPRISE);
        ScriptedDriver fresh = new ScriptedDriver(SECTORS);
        Gendisk again = layer.add(spec(), fresh);
        clockwork.settle();
        fresh.log.clear();

        assertThrows(GoneException.class, () -> old.write(0, filled(1, 9)));

        assertEquals(List.of(), fresh.requests());
        assertTrue(again.info().epoch() > disk.info().epoch());
    }

    @Test
    void request_carriesTheEpochOfItsDisk() throws IOException {
        Gendisk disk = add(spec());
        driver.reply(Reply.HOLD);
        write(open(), 1);
        assertEquals(disk.info().epoch(), driver.held.get(0).epoch());
        driver.finishAll();
    }

    // ---- from inside

    @Test
    void remove_fromInsideAnEndAction_doesNotWaitForItself() throws IOException {
        Gendisk disk = add(spec());
        RemovalReport[] report = new RemovalReport[1];
        DiskHandle handle = open();
        Bio bio = handle.newBio().read(0, sectors(1)).onEnd(b -> report[0] = disk.remove(Removal.ORDERLY));
        handle.submit(bio);
        assertEquals(0, clockwork.milliTime());
        assertTrue(report[0].quiet());
        assertEquals(List.of(), report[0].laggards());
        assertEquals(BlockStatus.OK, bio.status());
    }

    @Test
    void remove_fromInsideQueueRequest_endsThatRequestGone_andDoesNotWaitForItself() throws IOException {
        for (Removal kind : Removal.values()) {
            Gendisk disk = add(spec());
            RemovalReport[] report = new RemovalReport[1];
            DiskHandle handle = layer.open(disk.info().name());
            driver.reply(Reply.HOLD);
            driver.whenQueued = () -> report[0] = disk.remove(kind);
            long began = clockwork.milliTime();
            Counted counted = write(handle, 1);
            driver.whenQueued = () -> {};

            assertEquals(began, clockwork.milliTime());
            assertTrue(report[0].quiet());
            assertEquals(List.of(), report[0].laggards());
            assertEquals(BlockStatus.GONE, counted.bio.status());
            assertTrue(counted.bio.bufferHeld());
            driver.finishAll();
            assertEquals(1, counted.ends);
            driver.reply(Reply.INLINE);
        }
        assertEquals(List.of(), layer.faults);
    }

    @Test
    void remove_fromInsideABatch_deliversWhatTheBatchHasCompletedAlready() throws IOException {
        Gendisk disk = add(spec());
        DiskHandle handle = open();
        RemovalReport[] report = new RemovalReport[1];
        driver.whenQueued = () -> {
            if (driver.requests().size() == 3) {
                report[0] = disk.remove(Removal.ORDERLY);
            }
        };
        Bio[] bios = new Bio[6];
        for (int i = 0; i < bios.length; i++) {
            bios[i] = handle.newBio().write(i, filled(1, i));
        }
        handle.submit(bios, 0, bios.length);
        clockwork.settle();

        assertEquals(0, clockwork.milliTime());
        assertTrue(report[0].quiet());
        for (int i = 0; i < bios.length; i++) {
            assertEquals(i < 3 ? BlockStatus.OK : BlockStatus.GONE, bios[i].status(), "bio " + i);
        }
    }

    @Test
    void join_fromInsideAnEndAction_isNotWaitedFor() throws IOException {
        Gendisk disk = add(spec());
        DiskHandle handle = open();
        driver.reply(Reply.HOLD);
        RemovalReport[] joined = new RemovalReport[1];
        Bio bio = handle.newBio().read(0, sectors(1)).onEnd(b -> joined[0] = disk.remove(Removal.ORDERLY));
        handle.submit(bio);
        VirtualClockwork.Started<RemovalReport> first = startRemoving(disk, Removal.ORDERLY);
        clockwork.start("completion", () -> {
            driver.finishAll();
            return null;
        });
        clockwork.settle();
        assertSame(first.result(), joined[0]);
        assertEquals(0, clockwork.milliTime());
        assertEquals(List.of(), joined[0].laggards());
    }

    @Test
    void remove_fromInsideAHoldersCall_isBounded() throws IOException {
        Gendisk disk = add(spec());
        RecordingHolder holder = new RecordingHolder("fs");
        holder.whenDead = () -> disk.remove(Removal.ORDERLY);
        layer.open("ram0", holder, OpenMode.WRITE);
        RemovalReport report = disk.remove(Removal.SURPRISE);
        assertEquals(5_000, clockwork.milliTime());
        assertTrue(report.laggards().get(0).contains("markDead of fs"), report.summary());
    }
}
