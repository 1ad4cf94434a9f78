package org.unplug.scsi.internal.midlayer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.Removal;
import org.unplug.scsi.Cdb;
import org.unplug.scsi.HostRemovalReport;
import org.unplug.scsi.ScsiAddress;
import org.unplug.scsi.ScsiDeviceState;
import org.unplug.scsi.ScsiHostState;
import org.unplug.scsi.SenseKey;
import org.unplug.scsi.internal.eh.Rung;
import org.unplug.scsi.spi.HostByte;
import org.unplug.scsi.spi.ScsiCommand;
import org.unplug.scsi.spi.ScsiHost.EhResult;
import org.unplug.scsi.spi.ScsiHost.Queued;

/** The error handler in a host: each rung, what a reset leaves behind, and removal in the middle of it. */
@Timeout(60)
class RecoveryTest {

    /** The whole ladder is shorter than what the block layer waits for a request. */
    private static final Timing QUICK = new Timing(400, 5, 150, 2_000, 500, 2);

    /** Nobody gives a handler up before the test lets go of it. */
    private static final Timing PATIENT = new Timing(400, 100, 40_000, 2_000, 500, 2);

    private static final List<String> HANDLERS =
            List.of("abort", "deviceReset", "targetReset", "busReset", "hostReset");

    private final Bench bench = new Bench(QUICK);
    private final FakeHost driver = new FakeHost().unit(0, 1 << 20).unit(1, 1 << 20);
    private final Host host = bench.attach(driver);
    private final Queue<ScsiCommand> held = new ConcurrentLinkedQueue<>();
    private final CountDownLatch letGo = new CountDownLatch(1);
    private final CountDownLatch stuck = new CountDownLatch(1);

    @AfterEach
    void close() {
        letGo.countDown();
        driver.instead = command -> null;
        bench.core.hosts().forEach(each -> bench.core.removeHost(each.number(), Removal.SURPRISE));
        bench.close();
    }

    private static boolean isWrite(ScsiCommand command) {
        return Cdb.opcode(command.cdb()) == Cdb.WRITE_10;
    }

    /** The next so many writes are kept and never completed. */
    private void holdWrites(int times) {
        holdWrites(driver, times);
    }

    private void holdWrites(FakeHost of, int times) {
        AtomicInteger left = new AtomicInteger(times);
        of.instead =
                command -> isWrite(command) && left.getAndDecrement() > 0 && held.add(command) ? Queued.ACCEPTED : null;
    }

    private EhResult completeAll(HostByte how) {
        for (ScsiCommand command = held.poll(); command != null; command = held.poll()) {
            command.completeFailed(how);
        }
        return EhResult.SUCCESS;
    }

    private EhResult hang() {
        stuck.countDown();
        try {
            if (!letGo.await(30, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the test did not let go");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return EhResult.FAILED;
    }

    private long count(String call) {
        return driver.log.stream().filter(call::equals).count();
    }

    private boolean handlerRuns() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().startsWith("bench: host")
                        && thread.getName().endsWith("error handler"));
    }

    @ParameterizedTest
    @EnumSource(Rung.class)
    void rungThatWorks_healsTheUnitAfterItAnswered(Rung rung) throws Exception {
        holdWrites(1);
        driver.resets.put(rung, where -> completeAll(HostByte.RESET));
        try (DiskHandle handle = bench.open("sda")) {
            assertEquals(BlockStatus.OK, bench.end(Bench.submit(handle, true, 1, null)), "tried again");
        }
        List<String> made = driver.log.stream().filter(HANDLERS::contains).toList();
        assertEquals(HANDLERS.subList(0, List.of(Rung.values()).indexOf(rung) + 2), made);
        int reset = driver.log.lastIndexOf(made.get(made.size() - 1));
        assertEquals("TEST UNIT READY", driver.log.get(reset + 1), "the unit is asked before anything else");
        assertEquals(ScsiDeviceState.RUNNING, host.devices().get(0).state());
        bench.until("the host goes on", () -> host.state() == ScsiHostState.RUNNING);
    }

    @Test
    void unitThatIsSilentAfterEveryReset_goesOfflineWithItsBuffersFree_andCanBeBroughtBack() throws Exception {
        AtomicInteger writes = new AtomicInteger();
        boolean[] dead = {true};
        driver.instead = command -> {
            boolean unit0 = command.address().lun() == 0;
            boolean first = isWrite(command) && writes.getAndIncrement() == 0;
            boolean asked = Cdb.opcode(command.cdb()) == Cdb.TEST_UNIT_READY;
            return unit0 && dead[0] && (first || asked) && held.add(command) ? Queued.ACCEPTED : null;
        };
        for (Rung rung : Rung.values()) {
            driver.resets.put(rung, where -> completeAll(HostByte.RESET));
        }
        Device device = host.devices().get(0);
        try (DiskHandle handle = bench.open("sda");
                DiskHandle other = bench.open("sdb")) {
            Bio bio = Bench.submit(handle, true, 1, null);
            assertEquals(BlockStatus.IOERR, bench.end(bio));
            assertFalse(bio.bufferHeld(), "the reset made the driver let go");
            assertEquals(ScsiDeviceState.OFFLINE, device.state());
            assertTrue(bench.said("0:0:0:0: offline"));
            assertEquals(BlockStatus.OK, bench.end(Bench.submit(other, true, 1, null)), "the other unit goes on");
            dead[0] = false;
            device.bringBack();
            assertEquals(BlockStatus.OK, bench.end(Bench.submit(handle, true, 1, null)));
        }
    }

    @Test
    void unitThatIsBecomingReadyAfterAReset_isWaitedFor() throws Exception {
        holdWrites(1);
        AtomicInteger notYet = new AtomicInteger(3);
        var usual = driver.instead;
        driver.instead = command -> {
            if (Cdb.opcode(command.cdb()) == Cdb.TEST_UNIT_READY && notYet.getAndDecrement() > 0) {
                FakeHost.fail(command, SenseKey.NOT_READY, 0x04, 0x01);
                return Queued.ACCEPTED;
            }
            return usual.apply(command);
        };
        driver.resets.put(Rung.DEVICE_RESET, where -> completeAll(HostByte.RESET));
        try (DiskHandle handle = bench.open("sda")) {
            assertEquals(BlockStatus.OK, bench.end(Bench.submit(handle, true, 1, null)));
        }
        assertEquals(0, count("targetReset"), "one reset was enough");
        assertTrue(count("TEST UNIT READY") >= 4);
    }

    @Test
    void manyCommandsOfAUnit_areFreedByOneReset() throws Exception {
        holdWrites(40);
        driver.resets.put(Rung.DEVICE_RESET, where -> completeAll(HostByte.RESET));
        List<Bio> bios = new ArrayList<>();
        try (DiskHandle handle = bench.open("sda")) {
            for (int i = 0; i < 40; i++) {
                bios.add(Bench.submit(handle, true, i, null));
            }
            bios.forEach(bio -> assertEquals(BlockStatus.OK, bench.end(bio)));
        }
        assertTrue(count("deviceReset") <= 2, "once for the unit, not for each command; were " + count("deviceReset"));
        assertEquals(0, count("targetReset"));
    }

    @Test
    void abortThatNeverReturns_costsItsTimeAndTheLadderGoesOn() throws Exception {
        holdWrites(3);
        driver.abort = command -> hang();
        driver.resets.put(Rung.TARGET_RESET, where -> completeAll(HostByte.RESET));
        try (DiskHandle handle = bench.open("sda")) {
            List<Bio> bios = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                bios.add(Bench.submit(handle, true, i, null));
            }
            bios.forEach(bio -> assertEquals(BlockStatus.OK, bench.end(bio)));
        }
        assertEquals(1, count("abort"), "a driver that is stuck in one abort is not asked for the next");
        assertTrue(bench.said("host0: the driver has not returned from abort for 150 ms"));
    }

    @Test
    void everyHandlerStuck_endsOfflineAllTheSame() throws Exception {
        holdWrites(1);
        driver.abort = command -> hang();
        for (Rung rung : Rung.values()) {
            driver.resets.put(rung, where -> hang());
        }
        try (DiskHandle handle = bench.open("sda")) {
            Bio bio = Bench.submit(handle, true, 1, null);
            assertEquals(BlockStatus.TIMEOUT, bench.end(bio));
            assertTrue(bio.bufferHeld());
        }
        assertEquals(ScsiDeviceState.OFFLINE, host.devices().get(0).state());
        for (String call : HANDLERS) {
            assertEquals(1, count(call), call);
        }
    }

    @Test
    void driverThatStillHasACommand_findsTheBuffersItWasGiven_whateverBecameOfTheRequest() throws Exception {
        holdWrites(1);
        ByteBuffer given = ByteBuffer.allocate(512).put(0, (byte) 7);
        try (DiskHandle handle = bench.open("sda")) {
            Bio bio = handle.newBio().write(1, given);
            handle.submit(bio);
            assertEquals(BlockStatus.TIMEOUT, bench.end(bio), "nothing helped");
            host.devices().get(0).bringBack();
            assertEquals(BlockStatus.OK, bench.end(Bench.submit(handle, true, 9, null)), "in the same slot");
            ScsiCommand kept = held.remove();
            assertEquals(1, kept.segmentCount());
            assertEquals(7, kept.segment(0).get(0));
            assertSame(given.array(), kept.segment(0).array());
            kept.completeGood();
            assertEquals(
                    BlockStatus.OK, bench.end(Bench.submit(handle, true, 2, null)), "it is of no account any more");
        }
    }

    @Test
    void unitThatIsYanked_isNotReset_andTheNextOneNeedNotWaitForIt() throws Exception {
        try (Bench patient = new Bench(PATIENT)) {
            Host at = patient.attach(newSick());
            sick.abort = command -> {
                swap();
                return EhResult.FAILED;
            };
            for (Rung rung : Rung.values()) {
                sick.resets.put(rung, where -> hang());
            }
            holdWrites(sick, 1);
            assertTheNextOneComes(patient, at);
            assertEquals(
                    List.of("abort"),
                    sick.log.stream().filter(HANDLERS::contains).toList());
        }
    }

    @Test
    void unitThatIsYankedWhenItIsAskedAfterAReset_isNotWaitedFor() throws Exception {
        try (Bench patient = new Bench(PATIENT)) {
            Host at = patient.attach(newSick());
            holdWrites(sick, 1);
            sick.resets.put(Rung.DEVICE_RESET, where -> {
                sick.instead = command -> {
                    sick.instead = any -> null;
                    held.add(command);
                    patient.clockwork.execute("yank", this::swap);
                    return Queued.ACCEPTED;
                };
                return completeAll(HostByte.RESET);
            });
            sick.resets.put(Rung.TARGET_RESET, where -> hang());
            assertTheNextOneComes(patient, at);
            assertEquals(
                    List.of("abort", "deviceReset"),
                    sick.log.stream().filter(HANDLERS::contains).toList());
        }
    }

    private FakeHost sick;

    private FakeHost newSick() {
        sick = new FakeHost().unit(0, 1 << 20);
        return sick;
    }

    private void swap() {
        sick.unit(0, 1 << 21);
        sick.port.lunGone(0, 0, 0);
    }

    /** The write fails, and the unit that took the place is in use while nobody let go of a handler. */
    private void assertTheNextOneComes(Bench patient, Host at) throws Exception {
        try (DiskHandle handle = patient.open("sda")) {
            assertEquals(BlockStatus.GONE, patient.end(Bench.submit(handle, true, 1, null)));
        }
        patient.until(
                "the next one is in use",
                () -> patient.disks.values().stream()
                        .anyMatch(disk -> disk.info().capacitySectors() == 4096));
        patient.until("the host goes on", () -> at.state() == ScsiHostState.RUNNING);
        assertEquals(
                ScsiDeviceState.RUNNING, at.devices().get(0).state(), "nor is it taken offline for the one before");
        assertEquals(1, letGo.getCount());
        letGo.countDown();
        patient.core.detach(at);
    }

    @Test
    void recoveryOfOneHost_neverStallsAnother() throws Exception {
        FakeHost sick = new FakeHost().unit(0, 1 << 20);
        sick.resets.put(Rung.HOST_RESET, where -> hang());
        holdWrites(sick, 1);
        try (Bench patient = new Bench(PATIENT)) {
            Host sickHost = patient.attach(sick);
            patient.attach(new FakeHost().unit(0, 1 << 20));
            try (DiskHandle stalled = patient.open("sda");
                    DiskHandle well = patient.open("sdb")) {
                Bio bio = Bench.submit(stalled, true, 1, null);
                assertTrue(stuck.await(20, TimeUnit.SECONDS), "the sick host is in its host reset");
                assertEquals(ScsiHostState.RECOVERY, sickHost.state());
                for (int i = 0; i < 100; i++) {
                    assertEquals(BlockStatus.OK, patient.end(Bench.submit(well, true, i, null)));
                }
                assertEquals(null, bio.status(), "while the other one is at it still");
                letGo.countDown();
                patient.end(bio);
            } finally {
                letGo.countDown();
                patient.core.hosts().forEach(each -> patient.core.removeHost(each.number(), Removal.SURPRISE));
            }
        }
    }

    @Test
    void removeDuringRecovery_goesThroughTheRecoveryStates_isBoundedAndLeavesNoHandlerThread() throws Exception {
        holdWrites(1);
        List<ScsiHostState> seen = new CopyOnWriteArrayList<>();
        driver.resets.put(Rung.HOST_RESET, where -> {
            seen.add(host.state());
            stuck.countDown();
            bench.until("the removal begins", host::isCancelled);
            seen.add(host.state());
            return completeAll(HostByte.RESET);
        });
        DiskHandle handle = bench.open("sda");
        Bio bio = Bench.submit(handle, true, 1, null);
        assertTrue(stuck.await(20, TimeUnit.SECONDS));
        HostRemovalReport report = bench.core.detach(host);
        assertEquals(List.of(ScsiHostState.RECOVERY, ScsiHostState.CANCEL_RECOVERY), seen);
        assertTrue(report.quiet(), report.summary());
        assertEquals(ScsiHostState.DEL, host.state());
        assertFalse(handlerRuns(), "the handler's thread has gone");
        assertEquals(0, driver.inside.get());
        int calls = driver.calls.get();
        assertTrue(bench.end(bio) != null);
        assertEquals(calls, driver.calls.get(), "nobody enters any more");
        handle.close();
    }

    @Test
    void removeWhileAResetNeverReturns_namesItAndTheHandlerGoesAllTheSame() throws Exception {
        holdWrites(1);
        driver.resets.put(Rung.DEVICE_RESET, where -> hang());
        DiskHandle handle = bench.open("sda");
        Bio bio = Bench.submit(handle, true, 1, null);
        assertTrue(stuck.await(20, TimeUnit.SECONDS));
        HostRemovalReport report = bench.core.detach(host);
        assertFalse(report.quiet());
        assertTrue(report.stuck().get(0).startsWith("deviceReset on thread"), report.summary());
        assertEquals(
                List.of(),
                report.problems().stream()
                        .filter(p -> p.contains("error handler"))
                        .toList());
        bench.until("the handler's thread goes, though its errand is stuck", () -> !handlerRuns());
        assertTrue(bench.end(bio) != null);
        handle.close();
    }

    @Test
    void removedHost_givesUpWhatIsAdmittedLater_withoutACall() throws Exception {
        holdWrites(1);
        DiskHandle handle = bench.open("sda");
        Bio bio = Bench.submit(handle, true, 1, null);
        bench.core.detach(host);
        assertEquals(BlockStatus.GONE, bench.end(bio));
        int calls = driver.calls.get();
        Command late = new Command(host, new Addressee(new ScsiAddress(0, 0, 0, 0), null), sink());
        late.prepare(Cdb.testUnitReady(late.cdb()), ScsiCommand.Direction.NONE, null, 1);
        late.toDriver(bench.clockwork.nanoTime());
        assertTrue(late.claimLate());
        host.errorHandler().admit(late);
        assertEquals(1, abandoned.get());
        assertEquals(calls, driver.calls.get());
        handle.close();
    }

    private final AtomicInteger abandoned = new AtomicInteger();

    private Command.Sink sink() {
        return new Command.Sink() {
            @Override
            public void ended(Command command) {}

            @Override
            public void abandoned(Command command) {
                abandoned.incrementAndGet();
            }
        };
    }
}
