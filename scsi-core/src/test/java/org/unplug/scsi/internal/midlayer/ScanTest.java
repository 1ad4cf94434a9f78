package org.unplug.scsi.internal.midlayer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.scsi.Cdb;
import org.unplug.scsi.ScsiDevice;
import org.unplug.scsi.ScsiDeviceState;
import org.unplug.scsi.ScsiHostState;
import org.unplug.scsi.ScsiStatus;
import org.unplug.scsi.SenseKey;
import org.unplug.scsi.spi.HostByte;
import org.unplug.scsi.spi.ScsiCommand;
import org.unplug.scsi.spi.ScsiHost;

@Timeout(60)
class ScanTest {

    private final Bench bench = new Bench(Bench.QUICK);
    private final FakeHost driver = new FakeHost();

    @AfterEach
    void close() {
        driver.instead = command -> null;
        bench.core.hosts().forEach(host -> host.devices().forEach(d -> d.remove(org.unplug.block.Removal.SURPRISE)));
        bench.close();
    }

    @Test
    void scan_findsEachUnitAndAddsItsDisk() throws Exception {
        driver.unit(0, 4096).unit(300, 8192);
        driver.limits = driver.limits.withTopology(1, 1, 400);
        Host host = bench.attach(driver);
        assertEquals(ScsiHostState.RUNNING, host.state());
        assertEquals(List.of("sda", "sdb"), bench.names());
        ScsiDevice first = bench.published.get(0);
        assertEquals("0:0:0:0", first.info().address().toString());
        assertEquals("ACME", first.info().vendor());
        assertEquals("Spinner", first.info().product());
        assertEquals("2.0", first.info().revision());
        assertEquals("SN42", first.info().serial());
        assertEquals("naa.5000000000000007", first.info().wwid(), "NAA goes before T10 text");
        assertEquals(ScsiDeviceState.RUNNING, first.state());
        assertEquals("sda", first.disk());
        assertEquals("0:0:0:300", bench.published.get(1).info().address().toString());
        DiskInfo disk = bench.disks.get("sda").info();
        assertEquals(8, disk.capacitySectors());
        assertEquals("scsi", disk.bus());
        assertEquals("ACME Spinner", disk.model());
        assertEquals("SN42", disk.serial());
        assertTrue(disk.writeCache());
    }

    @Test
    void data_comesBackAsWritten() throws Exception {
        bench.attach(driver.unit(0, 4096));
        try (DiskHandle handle = bench.open("sda")) {
            handle.write(3, ByteBuffer.wrap(new byte[512]).put(0, (byte) 7));
            handle.flush();
            ByteBuffer back = ByteBuffer.allocate(512);
            handle.read(3, back);
            assertEquals(7, driver.units.get(0L).bytes[3 * 512]);
            assertEquals(7, back.get(0));
        }
        assertTrue(driver.log.contains("SYNCHRONIZE CACHE(10)"), "a flush reaches the unit");
    }

    @Test
    void driverThatGathers_isAlwaysToldToStart() throws Exception {
        Queue<ScsiCommand> gathered = new ConcurrentLinkedQueue<>();
        AtomicInteger busy = new AtomicInteger(1);
        FakeHost gathering = new FakeHost() {
            @Override
            public void commitCommands() {
                for (ScsiCommand next = gathered.poll(); next != null; next = gathered.poll()) {
                    if (Cdb.opcode(next.cdb()) == Cdb.WRITE_10 && busy.getAndDecrement() > 0) {
                        next.complete(HostByte.OK, ScsiStatus.BUSY, 0, next.transferBytes());
                    } else {
                        answer(next);
                    }
                }
            }
        };
        gathering.instead = command -> gathered.add(command) ? ScsiHost.Queued.ACCEPTED : null;
        bench.attach(gathering.unit(0, 4096));
        try (DiskHandle handle = bench.open("sda")) {
            handle.write(3, ByteBuffer.allocate(512));
            handle.flush();
        }
        assertTrue(busy.get() < 1, "the write was given again");
    }

    @Test
    void zeroBlocks_givesOneLineAndNoDisk() {
        bench.attach(driver.unit(0, 0).unit(1, 4096));
        assertEquals(List.of("sda"), bench.names());
        assertEquals(2, bench.published.size(), "the unit itself is known");
        assertEquals(
                List.of("0:0:0:0: no disk, it has zero blocks"),
                bench.lines.stream().filter(l -> l.contains("no disk")).toList());
    }

    @Test
    void noMedium_givesOneLineAndNoDisk() {
        driver.instead = command -> {
            if (Cdb.opcode(command.cdb()) == Cdb.TEST_UNIT_READY) {
                FakeHost.fail(command, SenseKey.NOT_READY, 0x3A, 0);
                return ScsiHost.Queued.ACCEPTED;
            }
            return null;
        };
        bench.attach(driver.unit(0, 4096));
        assertTrue(bench.said("0:0:0:0: no medium, no disk"));
        assertEquals(List.of(), bench.names());
    }

    @Test
    void unitAttention_isHeardAndTheCommandTriedAgain() {
        int[] attentions = {2};
        driver.instead = command -> {
            if (Cdb.opcode(command.cdb()) == Cdb.TEST_UNIT_READY && attentions[0]-- > 0) {
                FakeHost.fail(command, SenseKey.UNIT_ATTENTION, 0x29, 0);
                return ScsiHost.Queued.ACCEPTED;
            }
            return null;
        };
        bench.attach(driver.unit(0, 4096));
        assertEquals(List.of("sda"), bench.names());
    }

    @Test
    void unitThatNeedsStart_isStarted() {
        boolean[] started = {false};
        driver.instead = command -> {
            started[0] |= Cdb.opcode(command.cdb()) == Cdb.START_STOP_UNIT;
            if (Cdb.opcode(command.cdb()) == Cdb.TEST_UNIT_READY && !started[0]) {
                FakeHost.fail(command, SenseKey.NOT_READY, 0x04, 0x02);
                return ScsiHost.Queued.ACCEPTED;
            }
            return null;
        };
        bench.attach(driver.unit(0, 4096));
        assertEquals(List.of("sda"), bench.names());
    }

    @Test
    void targetWithoutAnybody_hasNoDevices() {
        driver.instead = command -> {
            command.completeFailed(HostByte.BAD_TARGET);
            return ScsiHost.Queued.ACCEPTED;
        };
        bench.attach(driver.unit(0, 4096));
        assertEquals(List.of(), bench.published);
    }

    @Test
    void rescan_addsWhatCameAndRemovesWhatWent() {
        Host host = bench.attach(driver.unit(0, 4096));
        driver.unit(1, 4096);
        driver.units.remove(0L);
        host.rescan();
        bench.settle();
        bench.until("unit 0 goes", () -> host.devices().size() == 1);
        assertEquals("0:0:0:1", host.devices().get(0).address().toString());
    }

    @Test
    void unitPutInAgain_isANewDevice() throws Exception {
        Host host = bench.attach(driver.unit(0, 4096));
        Device old = host.devices().get(0);
        long epoch = bench.disks.get(old.disk()).info().epoch();
        driver.port.lunGone(0, 0, 0);
        host.rescan();
        bench.until(
                "another device comes",
                () -> host.devices().stream()
                        .anyMatch(d -> d != old && !d.disk().isEmpty()));
        Device fresh = host.devices().get(0);
        assertNotEquals(epoch, bench.disks.get(fresh.disk()).info().epoch());
        assertEquals(ScsiDeviceState.DEL, old.state());
    }

    @Test
    void yank_duringProbing_endsItWithoutDisk() throws Exception {
        CountDownLatch probing = new CountDownLatch(1);
        driver.instead = command -> {
            if (Cdb.opcode(command.cdb()) == Cdb.SERVICE_ACTION_IN_16) {
                probing.countDown();
                return ScsiHost.Queued.ACCEPTED;
            }
            return null;
        };
        driver.abort = command -> {
            command.completeFailed(HostByte.ABORT);
            return ScsiHost.EhResult.SUCCESS;
        };
        Host host = bench.core.attach(driver.unit(0, 4096), "test.driver");
        assertTrue(probing.await(10, TimeUnit.SECONDS));
        driver.units.clear();
        driver.port.lunGone(0, 0, 0);
        bench.until("the device goes", () -> host.devices().isEmpty());
        bench.settle();
        assertEquals(List.of(), bench.names());
        assertEquals(List.of(), bench.published);
    }

    @Test
    void hostRemoval_whileScanning_isBoundedAndQuiet() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        driver.instead = command -> {
            asked.countDown();
            return ScsiHost.Queued.ACCEPTED;
        };
        Host host = bench.core.attach(driver.unit(0, 4096), "test.driver");
        assertTrue(asked.await(10, TimeUnit.SECONDS));
        var report = bench.core.detach(host);
        assertTrue(report.quiet(), report.summary());
        assertEquals(ScsiHostState.DEL, host.state());
        int calls = driver.calls.get();
        host.rescan();
        assertEquals(calls, driver.calls.get());
    }
}
