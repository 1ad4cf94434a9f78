package org.unplug.scsi.internal.midlayer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.Removal;
import org.unplug.scsi.Cdb;
import org.unplug.scsi.ScsiDeviceState;
import org.unplug.scsi.ScsiResult;
import org.unplug.scsi.ScsiStatus;
import org.unplug.scsi.spi.HostByte;
import org.unplug.scsi.spi.ScsiCommand;
import org.unplug.scsi.spi.ScsiHost.Queued;

/** What passes in which state, how many at once, and the way for a person's own commands. */
@Timeout(60)
class PassageTest {

    /** Ramps up after the least while. */
    private static final Timing QUICK = new Timing(400, 2, 500, 2_000, 500, 2, 1, 0);

    private final Bench bench = new Bench(QUICK);
    private final FakeHost driver = new FakeHost().unit(0, 1 << 20);
    private final Host host = bench.attach(driver);
    private final Device device = host.devices().get(0);

    @AfterEach
    void close() {
        driver.instead = command -> null;
        bench.core.removeHost(0, Removal.SURPRISE);
        bench.close();
    }

    private static boolean isWrite(ScsiCommand command) {
        return Cdb.opcode(command.cdb()) == Cdb.WRITE_10;
    }

    private byte[] testUnitReady() {
        byte[] cdb = new byte[6];
        Cdb.testUnitReady(cdb);
        return cdb;
    }

    @Test
    void quiesce_holdsRequestsBack_whileTheCoresOwnPass_andResumeLetsThemGo() throws Exception {
        try (DiskHandle handle = bench.open("sda")) {
            device.quiesce();
            Bio bio = Bench.submit(handle, true, 1, null);
            assertTrue(device.execute(testUnitReady(), null, null, 1_000).ok());
            assertNull(bio.status());
            device.resume();
            assertEquals(BlockStatus.OK, bench.end(bio));
        }
    }

    @Test
    void remove_ofAQuiescedDevice_writesItsPagesFirst() throws Exception {
        try (DiskHandle handle = bench.open("sda")) {
            handle.write(1, ByteBuffer.allocate(512));
            driver.log.clear();
            device.quiesce();
            assertTrue(device.remove(Removal.ORDERLY).disk().orElseThrow().synced());
            assertTrue(driver.log.contains("SYNCHRONIZE CACHE(10)"), driver.log.toString());
        }
    }

    @Test
    void blockedPath_hasEverythingWait_untilItWorks() throws Exception {
        try (DiskHandle handle = bench.open("sda")) {
            driver.port.blockTarget(0, 0);
            assertEquals(ScsiDeviceState.BLOCK, device.state());
            int before = driver.calls.get();
            Bio bio = Bench.submit(handle, true, 1, null);
            assertFalse(device.execute(testUnitReady(), null, null, 20).reached(), "its time was up while it waited");
            assertEquals(before, driver.calls.get());
            assertNull(bio.status());
            driver.port.unblockTarget(0, 0, true);
            assertEquals(BlockStatus.OK, bench.end(bio));
        }
    }

    @Test
    void failedPath_failsWhatWaits_withoutTheDiskBeingGone_untilItIsBack() throws Exception {
        try (DiskHandle handle = bench.open("sda")) {
            driver.port.blockTarget(0, 0);
            Bio bio = Bench.submit(handle, true, 1, null);
            driver.port.unblockTarget(0, 0, false);
            assertEquals(BlockStatus.IOERR, bench.end(bio));
            assertEquals(ScsiDeviceState.TRANSPORT_OFFLINE, device.state());
            driver.port.unblockTarget(0, 0, true);
            assertEquals(BlockStatus.OK, bench.end(Bench.submit(handle, true, 1, null)));
            driver.port.targetGone(0, 0);
            assertEquals(BlockStatus.GONE, bench.end(Bench.submit(handle, true, 1, null)), "for good is another thing");
        }
    }

    @Test
    void offline_failsRequests_andTheCoresOwnCommands() throws Exception {
        try (DiskHandle handle = bench.open("sda")) {
            device.takeOffline();
            assertEquals(BlockStatus.IOERR, bench.end(Bench.submit(handle, true, 1, null)));
            assertFalse(device.execute(testUnitReady(), null, null, 1_000).reached());
            device.bringBack();
            assertEquals(BlockStatus.OK, bench.end(Bench.submit(handle, true, 1, null)));
        }
    }

    @Test
    void taskSetFull_lowersTheDepthToWhatTheUnitHolds_andTimeRaisesItAgain() throws Exception {
        int most = device.queueDepth();
        assertEquals(64, most);
        Queue<ScsiCommand> held = new ConcurrentLinkedQueue<>();
        AtomicInteger full = new AtomicInteger();
        driver.instead = command -> {
            if (!isWrite(command)) {
                return null;
            }
            if (held.size() >= 3) {
                full.incrementAndGet();
                command.complete(HostByte.OK, ScsiStatus.TASK_SET_FULL, 0, command.transferBytes());
            } else {
                held.add(command);
            }
            return Queued.ACCEPTED;
        };
        List<Bio> bios = new ArrayList<>();
        try (DiskHandle handle = bench.open("sda")) {
            for (int i = 0; i < 20; i++) {
                bios.add(Bench.submit(handle, true, i, null));
            }
            assertEquals(3, device.queueDepth(), "as many as it had when it was full");
            assertEquals(1, full.get(), "the others were not even given to it");
            driver.instead = command -> null;
            bench.until("all end", () -> {
                ScsiCommand command = held.poll();
                if (command != null) {
                    command.completeGood();
                }
                return bios.stream().allMatch(bio -> bio.status() != null);
            });
            bios.forEach(bio -> assertEquals(BlockStatus.OK, bio.status()));
            bench.until("it may have as many as before", () -> {
                assertEquals(BlockStatus.OK, bench.end(Bench.submit(handle, false, 1, null)));
                return device.queueDepth() == most;
            });
        }
    }

    @Test
    void execute_carriesDataBothWaysAndTellsHowItEnded() {
        byte[] cdb = new byte[10];
        byte[] data = new byte[512];
        data[5] = 42;
        Cdb.write(cdb, 7, 1, false);
        ScsiResult written = device.execute(cdb, ByteBuffer.wrap(data), null, 1_000);
        assertTrue(written.ok(), written.why());
        assertEquals(512, written.movedBytes());
        Cdb.read(cdb, 7, 1, false);
        ByteBuffer back = ByteBuffer.allocate(512);
        assertTrue(device.execute(cdb, null, back, 1_000).ok());
        assertEquals(512, back.position());
        assertEquals(42, back.get(5));
        Cdb.verify(cdb, 7, 1, true);
        assertTrue(device.execute(cdb, ByteBuffer.wrap(data), null, 1_000).ok());
        ScsiResult differs = device.execute(cdb, ByteBuffer.allocate(512), null, 1_000);
        assertEquals(ScsiStatus.CHECK_CONDITION, differs.status());
        assertEquals("miscompare: miscompare during verify (1d/00)", differs.why());
    }

    @Test
    void execute_refusesWhatTheAdapterCannotTake() {
        assertThrows(IllegalArgumentException.class, () -> device.execute(new byte[17], null, null, 1_000));
        ByteBuffer both = ByteBuffer.allocate(1);
        assertThrows(IllegalArgumentException.class, () -> device.execute(testUnitReady(), both, both, 1_000));
    }
}
