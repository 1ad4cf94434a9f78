package org.unplug.block.internal.genhd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.GoneException;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.Request;
import org.unplug.block.testing.BootRecord;
import org.unplug.block.testing.ScriptedDriver.Reply;
import org.unplug.block.testing.VirtualClockwork;

/** The faults that block layers and their drivers are known for, one test each, by name; docs/removal.md lists them. */
class FaultCorpusTest extends VirtualDiskTest {

    private static final int START = 8;

    /**
     * Linux before fdfa20c16312 (2013): del_gendisk took the partition table away while requests to partitions were on their way,
     * and these were then remapped with offset 0 - onto the boot record.
     */
    @Test
    void partitionOffset2013_writeToAPartition_neverLandsAtTheBeginningOfItsDisk() throws IOException {
        for (Removal kind : Removal.values()) {
            BootRecord.write(driver.content(), new BootRecord.Entry(1, 0x83, START, 16));
            Gendisk disk = add(depth(1).withTimeouts(new DiskSpec.Timeouts(50_000, 200, 500)));
            Gendisk part = layer.find(disk.info().name() + "p1");
            DiskHandle handle = part.open(layer.userBundle(), Holder.named("writer"), OpenMode.WRITE);
            byte[] boot = Arrays.copyOf(driver.content(), START * 512);
            driver.reply(Reply.HOLD);
            Counted inDriver = write(handle, 0);
            Counted waiting = write(handle, 1);
            VirtualClockwork.Started<RemovalReport> remover = startRemoving(disk, kind);
            Counted late = write(handle, 2);
            driver.reply(Reply.INLINE);
            driver.finishAll();
            clockwork.sleepMs(10_000);
            assertTrue(remover.result().quiet());
            assertEquals(START, handle.info().startSector());
            assertTrue(
                    Arrays.equals(boot, Arrays.copyOf(driver.content(), START * 512)), "the boot record is as it was");
            driver.requests().forEach(line -> assertFalse(line.startsWith("WRITE 0+"), line));
            List.of(inDriver, waiting, late).forEach(c -> assertEquals(1, c.ends));
            assertEquals(BlockStatus.GONE, late.bio.status());
            handle.close();
        }
    }

    @Test
    void completeAfterTimeout_letsTheBufferGo_andEndsNothingTwice() throws IOException {
        add(depth(2).withTimeouts(new DiskSpec.Timeouts(100, 1_000, 1_000)));
        DiskHandle handle = open();
        driver.reply(Reply.HOLD);
        Counted first = write(handle, 1);
        clockwork.sleepMs(1_000);
        assertEquals(BlockStatus.TIMEOUT, first.bio.status());
        assertTrue(first.bio.bufferHeld());
        Request late = driver.held.remove(0);
        assertTrue(late.isAbandoned());
        Counted second = write(handle, 2);
        Request next = driver.held.get(0);
        assertNotEquals(late.tag(), next.tag(), "the driver has the first one still");
        late.complete(BlockStatus.OK);
        assertEquals(BlockStatus.TIMEOUT, first.bio.status());
        assertEquals(1, first.ends);
        assertEquals(0, second.ends, "another request's late answer is not this one's");
        driver.finishAll();
        assertEquals(1, second.ends);
        assertEquals(List.of(), layer.faults);
    }

    @Test
    void completeTwice_isReported_andEndsTheBioOnce_andNoOtherOne() throws IOException {
        add(spec());
        DiskHandle handle = open();
        driver.reply(Reply.HOLD);
        Counted first = write(handle, 1);
        Request request = driver.held.remove(0);
        request.complete(BlockStatus.OK);
        request.complete(BlockStatus.IOERR);
        assertEquals(BlockStatus.OK, first.bio.status());
        assertEquals(1, first.ends);
        assertEquals(1, layer.faults.size());
        assertTrue(layer.faults.get(0).contains("completed twice"), layer.faults::toString);
        Counted second = write(handle, 2);
        assertEquals(0, second.ends);
        driver.finishAll();
        assertEquals(1, second.ends);
    }

    @Test
    void completeFromInsideQueueRequest_endsAfterTheDriverIsLeft_andMaySubmitAgain() throws IOException {
        add(spec());
        DiskHandle handle = open();
        int[] insideAtEnd = new int[1];
        int[] rounds = new int[1];
        org.unplug.block.Bio bio = handle.newBio().write(1, filled(1, 1));
        handle.submit(bio.onEnd(b -> {
            insideAtEnd[0] += driver.inside.get();
            if (++rounds[0] < 10_000) {
                handle.submit(b);
            }
        }));
        assertEquals(10_000, rounds[0]);
        assertEquals(0, insideAtEnd[0]);
    }

    @Test
    void removeFromInsideACompletion_doesNotWaitForItself() throws IOException {
        for (Removal kind : Removal.values()) {
            Gendisk disk = add(spec());
            DiskHandle handle = layer.open(disk.info().name());
            RemovalReport[] report = new RemovalReport[1];
            driver.reply(Reply.HOLD);
            org.unplug.block.Bio bio = handle.newBio().write(1, filled(1, 1));
            handle.submit(bio.onEnd(b -> report[0] = disk.remove(kind)));
            long began = clockwork.milliTime();
            driver.finishNext();
            assertEquals(began, clockwork.milliTime());
            assertTrue(report[0].quiet());
            assertEquals(List.of(), report[0].laggards());
            assertEquals(BlockStatus.OK, bio.status());
            driver.reply(Reply.INLINE);
        }
    }

    /** Whatever the instant: an open is admitted and its holder is told, or it fails GONE. */
    @Test
    void openDuringRemove_isAdmittedAndTold_orGone() throws IOException {
        for (long seed = 0; seed < 200; seed++) {
            try (VirtualClockwork stepped = new VirtualClockwork(seed)) {
                var own = new org.unplug.block.testing.FlatBlockLayer(stepped);
                var target = new org.unplug.block.testing.ScriptedDriver(SECTORS);
                Gendisk disk = own.add(spec(), target);
                stepped.settle();
                var told = new org.unplug.block.testing.RecordingHolder("opener");
                VirtualClockwork.Started<DiskHandle> opener = stepped.start("opener", () -> {
                    try {
                        return disk.open(own.userBundle(), told, OpenMode.WRITE);
                    } catch (GoneException gone) {
                        return null;
                    }
                });
                Removal kind = seed % 2 == 0 ? Removal.ORDERLY : Removal.SURPRISE;
                VirtualClockwork.Started<RemovalReport> remover = stepped.start("remover", () -> disk.remove(kind));
                stepped.sleepMs(60_000);
                DiskHandle handle = opener.result();
                String what = "seed " + seed + " " + told.told;
                assertTrue(remover.result().quiet(), what);
                assertEquals(
                        handle == null ? 0 : 1,
                        told.told.stream().filter(l -> l.startsWith("dead")).count(),
                        what);
                if (handle != null) {
                    assertThrows(GoneException.class, () -> handle.read(0, sectors(1)), what);
                    handle.close();
                }
                assertThrows(GoneException.class, () -> disk.open(own.userBundle(), told, OpenMode.READ));
                assertEquals(org.unplug.block.DiskState.RELEASED, disk.state(), what);
            }
        }
    }

    @Test
    void driverThrowsFromQueueRequest_failsThatRequestOnly_withItsTagFree() throws IOException {
        Gendisk disk = add(depth(1));
        DiskHandle handle = open();
        driver.script = r -> r.sector() == 1 ? Reply.THROW : Reply.INLINE;
        List<Counted> all = writes(handle, 3);
        assertEquals(BlockStatus.IOERR, all.get(1).bio.status());
        assertEquals(BlockStatus.OK, all.get(0).bio.status());
        assertEquals(BlockStatus.OK, all.get(2).bio.status());
        all.forEach(c -> assertEquals(1, c.ends));
        assertTrue(layer.faults.get(0).contains("threw from queueRequest"), layer.faults::toString);
        assertTrue(disk.remove(Removal.ORDERLY).quiet());
    }

    @Test
    void driverNeverReturnsFromCancel_isNamed_andTheRemovalEndsInTime() throws IOException {
        Gendisk disk = add(spec());
        DiskHandle handle = open();
        driver.reply(Reply.HOLD);
        driver.whenCancelled = r -> clockwork.hang();
        List<Counted> all = writes(handle, 3);
        long began = clockwork.milliTime();
        RemovalReport report = disk.remove(Removal.SURPRISE);
        assertEquals(spec().timeouts().drainMs(), clockwork.milliTime() - began);
        assertFalse(report.quiet(), "R3 cannot hold");
        assertTrue(report.laggards().toString().contains("cancel"), report.laggards()::toString);
        all.forEach(c -> assertEquals(BlockStatus.GONE, c.bio.status()));
        all.forEach(c -> assertEquals(1, c.ends));
    }
}
