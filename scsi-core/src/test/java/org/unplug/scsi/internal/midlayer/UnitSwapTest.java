package org.unplug.scsi.internal.midlayer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.Removal;
import org.unplug.scsi.Cdb;
import org.unplug.scsi.ScsiAddress;
import org.unplug.scsi.ScsiDeviceState;
import org.unplug.scsi.spi.HostByte;
import org.unplug.scsi.spi.ScsiCommand;
import org.unplug.scsi.spi.ScsiHost.Queued;

/** Units that come, go and change place while the core looks, removes, or has a command on its way. */
@Timeout(60)
class UnitSwapTest {

    private static final int SUPPORTED_PAGES = 0x00;
    private static final int PROVISIONING = 0xB2;

    private final Bench bench = new Bench(Bench.QUICK);
    private final FakeHost driver = new FakeHost().unit(0, 4096);

    @AfterEach
    void close() {
        driver.instead = command -> null;
        bench.core.removeHost(0, Removal.SURPRISE);
        bench.close();
    }

    private static Predicate<ScsiCommand> page(int page) {
        return command -> Cdb.opcode(command.cdb()) == Cdb.INQUIRY
                && (command.cdb()[1] & 1) != 0
                && (command.cdb()[2] & 0xFF) == page;
    }

    private static Predicate<ScsiCommand> opcode(int opcode) {
        return command -> Cdb.opcode(command.cdb()) == opcode;
    }

    /** Steps in once, inside the driver's call, before the usual answer. */
    private void atFirst(Predicate<ScsiCommand> which, Consumer<ScsiCommand> what) {
        AtomicBoolean done = new AtomicBoolean();
        driver.instead = command -> {
            if (which.test(command) && done.compareAndSet(false, true)) {
                what.accept(command);
            }
            return null;
        };
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(10, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** As a driver does: out, told; and another in its place, told. */
    private void swap(FakeHost of, int newBytes) {
        of.units.remove(0L);
        of.port.lunGone(0, 0, 0);
        of.unit(0, newBytes);
        of.port.rescan();
    }

    /** So that the disk's removal has something to flush. */
    private void write() throws Exception {
        try (DiskHandle handle = bench.open("sda")) {
            assertEquals(BlockStatus.OK, bench.end(Bench.submit(handle, true, 1, null)));
        }
    }

    private long found() {
        return bench.lines.stream()
                .filter(line -> line.contains("ACME Spinner"))
                .count();
    }

    @Test
    void unitThatLeavesWhileItIsIdentified_isNotTakenForTheNextOne() {
        driver.units.get(0L).removable = true;
        atFirst(page(SUPPORTED_PAGES), command -> swap(driver, 8192));
        bench.attach(driver);
        bench.until("a disk", () -> !bench.disks.isEmpty());
        bench.settle();
        assertEquals(1, found(), "who left was not added: " + bench.lines);
        assertEquals(List.of("sda"), bench.names());
        assertFalse(bench.published.get(0).info().removable(), "that was the one before");
        assertEquals(16, bench.disks.get("sda").info().capacitySectors());
    }

    @Test
    void unitThatLeavesAsItsLastPageIsRead_isNotTakenForTheNextOne() {
        driver.units.get(0L).removable = true;
        atFirst(page(PROVISIONING), command -> swap(driver, 4096));
        bench.attach(driver);
        bench.until("a disk", () -> !bench.disks.isEmpty());
        bench.settle();
        assertFalse(bench.published.get(0).info().removable(), "though both have one size");
    }

    @Test
    void unitThatLeavesWhileNothingIsAnswered_doesNotHoldUpTheScan() {
        AtomicInteger silent = new AtomicInteger();
        driver.instead = command -> {
            if (page(SUPPORTED_PAGES).test(command) && silent.getAndIncrement() == 0) {
                swap(driver, 8192);
                return Queued.ACCEPTED;
            }
            return null;
        };
        try (Bench slow = new Bench(new Timing(600_000, 2, 500, 2_000, 500, 2))) {
            Host host = slow.core.attach(driver, "test.driver");
            slow.until("the next one's disk, long before the time is up", () -> !slow.disks.isEmpty());
            assertEquals(16, slow.disks.get("sda").info().capacitySectors());
            assertAbortedAndNoMore(slow, host);
            slow.core.detach(host);
        }
    }

    @Test
    void unit0ThatLeavesWhileItIsAskedForItsTarget_doesNotHoldUpTheScan() {
        driver.unit(5, 16384);
        AtomicInteger silent = new AtomicInteger();
        driver.instead = command -> {
            if (opcode(Cdb.REPORT_LUNS).test(command) && silent.getAndIncrement() == 0) {
                swap(driver, 8192);
                return Queued.ACCEPTED;
            }
            return null;
        };
        try (Bench slow = new Bench(new Timing(600_000, 2, 500, 2_000, 500, 2))) {
            Host host = slow.core.attach(driver, "test.driver");
            slow.until("both disks, long before the time is up", () -> slow.disks.size() == 2);
            assertAbortedAndNoMore(slow, host);
            slow.core.detach(host);
        }
    }

    /** Nobody is there who could be reset. */
    private void assertAbortedAndNoMore(Bench of, Host host) {
        List<String> handlers = List.of("abort", "deviceReset", "targetReset", "busReset", "hostReset");
        of.until("the command is aborted", () -> driver.log.contains("abort"));
        assertTrue(host.errorHandler().awaitIdle(of.clockwork.nanoTime() + 10_000_000_000L), "the handler ends");
        assertEquals(
                List.of("abort"), driver.log.stream().filter(handlers::contains).toList());
    }

    @Test
    void removalOnPurpose_isNotUndoneByALookThatWasAskedForBefore() {
        Host host = bench.attach(driver);
        CountDownLatch looks = new CountDownLatch(1);
        CountDownLatch removed = new CountDownLatch(1);
        atFirst(opcode(Cdb.INQUIRY), command -> {
            looks.countDown();
            await(removed);
        });
        host.rescan();
        await(looks);
        host.rescan();
        host.devices().get(0).remove(Removal.ORDERLY);
        removed.countDown();
        bench.settle();
        assertEquals(List.of(), host.devices());
        host.rescan();
        bench.settle();
        assertEquals(List.of("sda"), bench.names(), "who asks afterwards brings it back");
    }

    @Test
    void lookDuringARemovalOnPurpose_bringsItBackOnlyIfAskedForDuringIt() throws Exception {
        Host host = bench.attach(driver);
        for (boolean again : List.of(false, true)) {
            write();
            CountDownLatch looks = new CountDownLatch(1);
            CountDownLatch flushes = new CountDownLatch(1);
            atFirst(opcode(Cdb.INQUIRY), command -> {
                looks.countDown();
                await(flushes);
            });
            host.rescan();
            await(looks);
            atFirst(opcode(Cdb.SYNCHRONIZE_CACHE_10), command -> {
                if (again) {
                    host.rescan();
                }
                flushes.countDown();
                assertTrue(bench.core.settle(10_000), "the look passes by while the removal is under way");
            });
            host.devices().get(0).remove(Removal.ORDERLY);
            bench.settle();
            assertEquals(again ? 1 : 0, host.devices().size());
            host.rescan();
            bench.settle();
        }
    }

    @Test
    void unitSwappedDuringARemovalOnPurpose_isFound() throws Exception {
        Host host = bench.attach(driver);
        write();
        atFirst(opcode(Cdb.SYNCHRONIZE_CACHE_10), command -> swap(driver, 8192));
        Device before = host.devices().get(0);
        before.remove(Removal.ORDERLY);
        bench.until("the next one's disk", () -> !bench.disks.isEmpty());
        assertNotSame(before, host.devices().get(0));
        assertEquals(16, bench.disks.values().iterator().next().info().capacitySectors());
    }

    @Test
    void unitSaidToBeGone_thoughItIsThere_comesBack() {
        Host host = bench.attach(driver);
        Device before = host.devices().get(0);
        driver.port.lunGone(0, 0, 0);
        bench.until(
                "another device",
                () -> host.devices().size() == 1 && host.devices().get(0) != before && !bench.disks.isEmpty());
    }

    @Test
    void targetWhoseAnswerWasUnclear_isAskedAgain() {
        AtomicInteger failing = new AtomicInteger(3);
        driver.instead = command -> {
            if (opcode(Cdb.INQUIRY).test(command) && failing.getAndDecrement() > 0) {
                command.completeFailed(HostByte.ERROR);
                return Queued.ACCEPTED;
            }
            return null;
        };
        bench.attach(driver);
        bench.until("its disk, though nobody asks", () -> !bench.disks.isEmpty());
    }

    @Test
    void targetThatIsAskedAgain_isNotAskedForWhatWasRemovedMeanwhile() {
        Host host = bench.attach(driver);
        AtomicInteger asked = new AtomicInteger();
        driver.instead = command -> {
            if (opcode(Cdb.INQUIRY).test(command) && asked.getAndIncrement() < 3) {
                if (asked.get() == 3) {
                    bench.clockwork.execute("remover", () -> host.devices().forEach(d -> d.remove(Removal.ORDERLY)));
                    bench.until("it is removed", () -> host.devices().isEmpty());
                }
                command.completeFailed(HostByte.ERROR);
                return Queued.ACCEPTED;
            }
            return null;
        };
        host.rescan();
        bench.until("it is asked again", () -> asked.get() > 3);
        bench.settle();
        assertEquals(List.of(), host.devices());
    }

    @Test
    void lookThatFails_doesNotTakeTheNextWithIt() {
        AtomicReference<Host> host = new AtomicReference<>();
        AtomicInteger looks = new AtomicInteger();
        UpperDriver failing = new UpperDriver() {
            @Override
            public void bind(Device device) {}

            @Override
            public void revalidate(Device device) {
                if (looks.incrementAndGet() == 1) {
                    host.get().rescan();
                    throw new IllegalStateException("on purpose");
                }
            }
        };
        Core core = new Core(bench.clockwork, Bench.QUICK, bench, failing, device -> () -> {});
        host.set(core.attach(driver, "test.driver"));
        assertTrue(core.settle(10_000));
        host.get().rescan();
        assertTrue(core.settle(10_000));
        assertEquals(2, looks.get());
        assertTrue(bench.said("the scan failed"));
        core.detach(host.get());
    }

    // ---- drivers that say who is where

    private static class Teller extends FakeHost {
        @Override
        public Object unitAt(ScsiAddress address) {
            return units.get(address.lun());
        }

        @Override
        public Queued queueCommand(ScsiCommand command) {
            if (command.unit() == units.get(command.address().lun())) {
                return super.queueCommand(command);
            }
            command.completeFailed(HostByte.NO_CONNECT);
            return Queued.ACCEPTED;
        }
    }

    @Test
    void command_saysWhomItIsFor_thoughAnotherIsInItsPlaceByThen() throws Exception {
        FakeHost teller = new Teller().unit(0, 1 << 16);
        Host host = bench.attach(teller);
        FakeUnit meant = teller.units.get(0L);
        List<Object> writtenFor = new ArrayList<>();
        teller.instead = command -> {
            if (opcode(Cdb.WRITE_10).test(command)) {
                swap(teller, 1 << 16);
                writtenFor.add(command.unit());
                command.completeFailed(HostByte.NO_CONNECT);
                return Queued.ACCEPTED;
            }
            return null;
        };
        Device before = host.devices().get(0);
        try (DiskHandle handle = bench.open("sda")) {
            assertEquals(BlockStatus.GONE, bench.end(Bench.submit(handle, true, 1, null)));
        }
        assertSame(meant, writtenFor.get(0));
        teller.instead = command -> {
            writtenFor.add(command.unit());
            return null;
        };
        bench.until(
                "another device's disk",
                () -> host.devices().stream()
                        .anyMatch(d -> d != before && !d.disk().isEmpty()));
        bench.settle();
        writtenFor.clear();
        try (DiskHandle handle = bench.open(host.devices().get(0).disk())) {
            assertEquals(BlockStatus.OK, bench.end(Bench.submit(handle, true, 1, null)));
        }
        assertSame(teller.units.get(0L), writtenFor.get(0));
        assertEquals(null, before.addressee().unit(), "the driver's object is let go with the device");
    }

    @Test
    void unitSwappedWithoutAWord_isNoticedByTheNextLook() {
        FakeHost teller = new Teller().unit(0, 1 << 16);
        Host host = bench.attach(teller);
        Device before = host.devices().get(0);
        long epoch = bench.disks.get("sda").info().epoch();
        teller.unit(0, 1 << 16);
        host.rescan();
        bench.until(
                "another device's disk",
                () -> host.devices().stream()
                        .anyMatch(d -> d != before && !d.disk().isEmpty()));
        assertNotEquals(
                epoch, bench.disks.get(host.devices().get(0).disk()).info().epoch());
    }

    @Test
    void unit0SwappedUnderTheQuestionWhoIsThere_costsNoOtherUnitItsDisk() {
        AtomicBoolean armed = new AtomicBoolean();
        FakeHost teller = new Teller() {
            @Override
            public Object unitAt(ScsiAddress address) {
                Object before = super.unitAt(address);
                if (armed.compareAndSet(true, false)) {
                    swap(this, 1 << 16);
                }
                return before;
            }
        }.unit(0, 1 << 16).unit(1, 1 << 16);
        Host host = bench.attach(teller);
        Device first = host.devices().get(0);
        Device second = host.devices().get(1);
        armed.set(true);
        host.rescan();
        bench.until(
                "another device's disk",
                () -> host.devices().size() == 2
                        && host.devices().get(0) != first
                        && !host.devices().get(0).disk().isEmpty());
        bench.settle();
        assertSame(second, host.devices().get(1));
        assertEquals(ScsiDeviceState.RUNNING, second.state());
    }
}
