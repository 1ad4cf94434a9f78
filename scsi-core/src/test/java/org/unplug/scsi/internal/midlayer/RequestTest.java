package org.unplug.scsi.internal.midlayer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.Removal;
import org.unplug.scsi.Cdb;
import org.unplug.scsi.ScsiDeviceState;
import org.unplug.scsi.ScsiStatus;
import org.unplug.scsi.SenseKey;
import org.unplug.scsi.spi.HostByte;
import org.unplug.scsi.spi.ScsiCommand;
import org.unplug.scsi.spi.ScsiHost;
import org.unplug.scsi.spi.ScsiHost.Queued;

@Timeout(60)
class RequestTest {

    private final Bench bench = new Bench(Bench.QUICK);
    private final FakeHost driver = new FakeHost().unit(0, 1 << 20);
    private final Host host = bench.attach(driver);

    @AfterEach
    void close() {
        driver.instead = command -> null;
        bench.core.detach(host);
        bench.close();
    }

    private static boolean isWrite(ScsiCommand command) {
        return Cdb.opcode(command.cdb()) == Cdb.WRITE_10;
    }

    /** The next writes are ended by the test. */
    private AtomicInteger onWrites(int times, java.util.function.Consumer<ScsiCommand> what) {
        AtomicInteger seen = new AtomicInteger();
        driver.instead = command -> {
            if (isWrite(command) && seen.incrementAndGet() <= times) {
                what.accept(command);
                return Queued.ACCEPTED;
            }
            return null;
        };
        return seen;
    }

    @Test
    void timeoutOfADevice_isItsOwn() throws Exception {
        // A minute for all: nobody would wait for that.
        try (Bench slow = new Bench(new Timing(60_000, 2, 500, 2_000, 500, 2))) {
            FakeHost both = new FakeHost().unit(0, 1 << 20).unit(1, 1 << 20);
            Host at = slow.attach(both);
            AtomicInteger aborts = new AtomicInteger();
            both.abort = command -> {
                aborts.incrementAndGet();
                command.completeFailed(HostByte.ABORT);
                return ScsiHost.EhResult.SUCCESS;
            };
            AtomicInteger kept = new AtomicInteger();
            both.instead = command -> isWrite(command) && kept.getAndIncrement() < 2 ? Queued.ACCEPTED : null;
            Device quick = at.devices().get(0);
            quick.setTimeoutMs(50);
            assertEquals(60_000, at.devices().get(1).timeoutMs());
            try (DiskHandle hasty = slow.open("sda");
                    DiskHandle patient = slow.open("sdb")) {
                Bio waits = Bench.submit(patient, true, 1, null);
                assertEquals(BlockStatus.OK, slow.end(Bench.submit(hasty, true, 1, null)), "tried again in time");
                assertEquals(1, aborts.get());
                assertNull(waits.status(), "the other has its minute");
                slow.core.detach(at);
                assertEquals(BlockStatus.GONE, slow.end(waits));
            }
        }
    }

    @Test
    void timeoutThatMakesNoSense_isRefused() {
        Device device = host.devices().get(0);
        assertThrows(IllegalArgumentException.class, () -> device.setTimeoutMs(0));
        assertThrows(IllegalArgumentException.class, () -> device.setTimeoutMs(1_201), "three tries of 400 ms");
        assertEquals(400, device.timeoutMs());
    }

    @ParameterizedTest
    @CsvSource({
        "MEDIUM_ERROR, 17, 0, MEDIUM", "DATA_PROTECT, 39, 0, PROTECTED", "DATA_PROTECT, 39, 7, NOSPACE",
        "ILLEGAL_REQUEST, 32, 0, NOTSUPP", "HARDWARE_ERROR, 68, 0, IOERR", "ILLEGAL_REQUEST, 37, 0, GONE"
    })
    void sense_becomesTheRequestsStatus(SenseKey key, int asc, int ascq, BlockStatus expected) throws Exception {
        AtomicInteger seen = onWrites(1, command -> FakeHost.fail(command, key, asc, ascq));
        try (DiskHandle handle = bench.open("sda")) {
            assertEquals(expected, bench.end(Bench.submit(handle, true, 1, null)));
        }
        assertEquals(1, seen.get(), "it is not tried again");
    }

    @Test
    void busyAndTaskSetFull_areGivenAgainUntilTheyPass() throws Exception {
        AtomicInteger seen = onWrites(
                6,
                command -> command.complete(
                        HostByte.OK,
                        (command.hashCode() & 1) == 0 ? ScsiStatus.BUSY : ScsiStatus.TASK_SET_FULL,
                        0,
                        command.transferBytes()));
        try (DiskHandle handle = bench.open("sda")) {
            assertEquals(BlockStatus.OK, bench.end(Bench.submit(handle, true, 1, null)));
        }
        assertEquals(7, seen.get(), "more often than retries are allowed");
    }

    @Test
    void unitAttention_isTriedAgainAndUnseenAbove() throws Exception {
        onWrites(1, command -> FakeHost.fail(command, SenseKey.UNIT_ATTENTION, 0x29, 0x03));
        try (DiskHandle handle = bench.open("sda")) {
            assertEquals(BlockStatus.OK, bench.end(Bench.submit(handle, true, 1, null)));
        }
    }

    @Test
    void retries_areLimited() throws Exception {
        AtomicInteger seen = onWrites(100, command -> command.completeFailed(HostByte.ERROR));
        try (DiskHandle handle = bench.open("sda")) {
            assertEquals(BlockStatus.IOERR, bench.end(Bench.submit(handle, true, 1, null)));
        }
        assertEquals(1 + Bench.QUICK.retries(), seen.get());
    }

    @Test
    void lunsChanged_leadsToAScan() throws Exception {
        driver.unit(5, 4096);
        onWrites(1, command -> FakeHost.fail(command, SenseKey.UNIT_ATTENTION, 0x3F, 0x0E));
        try (DiskHandle handle = bench.open("sda")) {
            assertEquals(BlockStatus.OK, bench.end(Bench.submit(handle, true, 1, null)));
        }
        bench.until("unit 5 comes", () -> bench.names().equals(List.of("sda", "sdb")));
    }

    @Test
    void driverThatThrows_failsTheRequestAndNothingElse() throws Exception {
        AtomicInteger seen = onWrites(100, command -> {
            throw new IllegalStateException("broken driver");
        });
        try (DiskHandle handle = bench.open("sda")) {
            assertEquals(BlockStatus.IOERR, bench.end(Bench.submit(handle, true, 1, null)));
            assertEquals(BlockStatus.OK, bench.end(Bench.submit(handle, false, 1, null)));
        }
        assertTrue(seen.get() > 0);
    }

    @Test
    void hostBusy_comesAgainAfterReady() throws Exception {
        AtomicInteger refusals = new AtomicInteger(3);
        driver.instead = command -> isWrite(command) && refusals.getAndDecrement() > 0 ? Queued.HOST_BUSY : null;
        try (DiskHandle handle = bench.open("sda")) {
            Bio bio = Bench.submit(handle, true, 1, null);
            driver.port.ready();
            assertEquals(BlockStatus.OK, bench.end(bio));
        }
    }

    @Test
    void completedTwice_isCountedAndHasNoEffect() throws Exception {
        onWrites(1, command -> {
            command.completeGood();
            command.completeFailed(HostByte.ERROR);
        });
        AtomicInteger ends = new AtomicInteger();
        try (DiskHandle handle = bench.open("sda")) {
            assertEquals(BlockStatus.OK, bench.end(Bench.submit(handle, true, 1, bio -> ends.incrementAndGet())));
        }
        assertEquals(1, ends.get());
        assertTrue(bench.said("once more"));
    }

    @Test
    void timeOut_isAbortedAndTriedAgain() throws Exception {
        Queue<ScsiCommand> held = new ConcurrentLinkedQueue<>();
        onWrites(1, held::add);
        driver.abort = command -> {
            held.remove(command);
            command.completeFailed(HostByte.ABORT);
            return ScsiHost.EhResult.SUCCESS;
        };
        try (DiskHandle handle = bench.open("sda")) {
            assertEquals(BlockStatus.OK, bench.end(Bench.submit(handle, true, 1, null)));
        }
        assertTrue(driver.log.contains("abort"));
        assertTrue(bench.said("timed out after 400 ms"));
        assertEquals(ScsiDeviceState.RUNNING, host.devices().get(0).state());
    }

    @Test
    void timeOut_thatNothingHelps_endsOfflineWithTheBufferHeld() throws Exception {
        Queue<ScsiCommand> held = new ConcurrentLinkedQueue<>();
        onWrites(1, held::add);
        try (DiskHandle handle = bench.open("sda")) {
            Bio bio = Bench.submit(handle, true, 1, null);
            assertEquals(BlockStatus.TIMEOUT, bench.end(bio));
            assertTrue(bio.bufferHeld(), "the driver may still read it");
            assertEquals(ScsiDeviceState.OFFLINE, host.devices().get(0).state());
            assertEquals(BlockStatus.IOERR, bench.end(Bench.submit(handle, false, 1, null)));
        }
        assertTrue(driver.log.contains("deviceReset"));
        held.forEach(ScsiCommand::completeGood);
        assertEquals(0, host.door().busy(), "letting go late is noticed");
    }

    @Test
    void mediumChange_onARemovableUnit_endsTheDiskAndLooksAgain() throws Exception {
        onWrites(1, command -> FakeHost.fail(command, SenseKey.NOT_READY, 0x3A, 0));
        long epoch = bench.disks.get("sda").info().epoch();
        try (DiskHandle handle = bench.open("sda")) {
            assertEquals(BlockStatus.GONE, bench.end(Bench.submit(handle, true, 1, null)));
            bench.until("it is gone", handle::isGone);
        }
        bench.until(
                "a new disk comes",
                () -> bench.disks.values().stream().anyMatch(d -> d.info().epoch() != epoch));
    }

    @Test
    void canQueue_isNeverExceeded() throws Exception {
        bench.core.detach(host);
        Queue<ScsiCommand> held = new ConcurrentLinkedQueue<>();
        AtomicInteger most = new AtomicInteger();
        FakeHost narrow = new FakeHost().unit(0, 1 << 16).unit(1, 1 << 16);
        narrow.limits = narrow.limits.withQueue(3, 2);
        Host other = bench.attach(narrow);
        narrow.instead = command -> {
            if (isWrite(command)) {
                held.add(command);
                most.accumulateAndGet(held.size(), Math::max);
                return Queued.ACCEPTED;
            }
            return null;
        };
        AtomicInteger ended = new AtomicInteger();
        try (DiskHandle a = bench.open("sda");
                DiskHandle b = bench.open("sdb")) {
            for (int i = 0; i < 10; i++) {
                Bench.submit(a, true, i, bio -> ended.incrementAndGet());
                Bench.submit(b, true, i, bio -> ended.incrementAndGet());
            }
            bench.until("all end", () -> {
                ScsiCommand command = held.poll();
                if (command != null) {
                    command.completeGood();
                }
                return ended.get() == 20;
            });
        }
        assertTrue(most.get() <= 3, "there were " + most.get());
        bench.core.detach(other);
        assertEquals(
                Removal.ORDERLY, bench.removals.get(bench.removals.size() - 1).kind());
    }
}
