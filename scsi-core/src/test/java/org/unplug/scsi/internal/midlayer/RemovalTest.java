package org.unplug.scsi.internal.midlayer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.Removal;
import org.unplug.scsi.Cdb;
import org.unplug.scsi.DeviceRemovalReport;
import org.unplug.scsi.HostRemovalReport;
import org.unplug.scsi.ScsiDeviceState;
import org.unplug.scsi.ScsiHostState;
import org.unplug.scsi.spi.HostByte;
import org.unplug.scsi.spi.ScsiCommand;
import org.unplug.scsi.spi.ScsiHost.EhResult;
import org.unplug.scsi.spi.ScsiHost.Queued;

/** Removals on real threads; their deadlines are in {@link RemovalBoundsTest}. */
@Timeout(60)
class RemovalTest {

    private final Bench bench = new Bench(Bench.QUICK);
    private final FakeHost driver = new FakeHost().unit(0, 1 << 20).unit(1, 1 << 20);
    private final Host host = bench.attach(driver);
    private final Queue<ScsiCommand> held = new ConcurrentLinkedQueue<>();
    private final CountDownLatch letGo = new CountDownLatch(1);

    @AfterEach
    void close() {
        letGo.countDown();
        driver.instead = command -> null;
        bench.core.detach(host);
        bench.close();
    }

    private static boolean isWrite(ScsiCommand command) {
        return Cdb.opcode(command.cdb()) == Cdb.WRITE_10;
    }

    private void holdWrites() {
        driver.instead = command -> isWrite(command) && held.add(command) ? Queued.ACCEPTED : null;
    }

    private void assertQuiet(HostRemovalReport report) {
        assertTrue(report.quiet(), report.summary());
        assertEquals(List.of(), report.stuck());
        assertEquals(0, driver.inside.get());
        assertEquals(ScsiHostState.DEL, host.state());
        assertEquals(List.of(), bench.published);
    }

    @Test
    void removeHost_flushesEachUnitAndThenNobodyEnters() throws Exception {
        DiskHandle handle = bench.open("sda");
        handle.write(1, ByteBuffer.allocate(512));
        try (DiskHandle other = bench.open("sdb")) {
            other.write(1, ByteBuffer.allocate(512));
        }
        driver.log.clear();
        HostRemovalReport report = bench.core.detach(host);
        assertQuiet(report);
        assertEquals(
                2, driver.log.stream().filter("SYNCHRONIZE CACHE(10)"::equals).count());
        assertEquals("detached", driver.log.get(driver.log.size() - 1));
        assertEquals(2, report.devices().size());
        report.devices().forEach(d -> assertEquals(ScsiDeviceState.DEL, d.finalState()));
        int calls = driver.calls.get();
        assertEquals(BlockStatus.GONE, bench.end(Bench.submit(handle, false, 1, null)));
        driver.port.rescan();
        driver.port.ready();
        driver.port.lunGone(0, 0, 0);
        assertEquals(calls, driver.calls.get(), "nobody enters any more");
        handle.close();
    }

    @Test
    void removeDevice_writesTheHoldersPagesBeforeCancel() throws Exception {
        AtomicReference<ScsiDeviceState> during = new AtomicReference<>();
        AtomicReference<DiskHandle> handle = new AtomicReference<>();
        Device device = host.devices().get(0);
        handle.set(bench.disks
                .get("sda")
                .open(
                        bench.owner,
                        new Holder() {
                            @Override
                            public String holderName() {
                                return "file system";
                            }

                            @Override
                            public void sync(long timeoutMs) throws java.io.IOException {
                                during.set(device.state());
                                handle.get()
                                        .write(9, ByteBuffer.wrap(new byte[512]).put(0, (byte) 9));
                            }

                            @Override
                            public void markDead(Removal kind) {}
                        },
                        OpenMode.WRITE));
        DeviceRemovalReport report = device.remove(Removal.ORDERLY);
        assertEquals(ScsiDeviceState.RUNNING, during.get());
        assertEquals(9, driver.units.get(0L).bytes[9 * 512], "the page was written");
        assertTrue(report.disk().orElseThrow().synced(), report.toString());
        assertEquals(ScsiDeviceState.DEL, device.state());
        assertEquals(1, host.devices().size(), "the other unit stays");
        handle.get().close();
    }

    @Test
    void secondRemover_waitsForTheFirstAndSeesTheSame() throws Exception {
        CountDownLatch flushing = new CountDownLatch(1);
        try (DiskHandle handle = bench.open("sda")) {
            handle.write(1, ByteBuffer.allocate(512));
        }
        driver.instead = command -> {
            if (Cdb.opcode(command.cdb()) == Cdb.SYNCHRONIZE_CACHE_10) {
                held.add(command);
                flushing.countDown();
                return Queued.ACCEPTED;
            }
            return null;
        };
        CompletableFuture<HostRemovalReport> first = new CompletableFuture<>();
        CompletableFuture<HostRemovalReport> second = new CompletableFuture<>();
        bench.clockwork.execute("first", () -> first.complete(host.remove(Removal.ORDERLY)));
        assertTrue(flushing.await(10, TimeUnit.SECONDS));
        bench.clockwork.execute("second", () -> second.complete(host.remove(Removal.ORDERLY)));
        assertFalse(second.isDone());
        bench.until("both end", () -> {
            ScsiCommand flush = held.poll();
            if (flush != null) {
                flush.completeGood();
            }
            return first.isDone() && second.isDone();
        });
        assertSame(first.get(), second.get());
        assertQuiet(first.get());
    }

    @Test
    void commandsInFlight_areAbortedAndEndOnce() throws Exception {
        holdWrites();
        driver.abort = command -> {
            if (held.remove(command)) {
                command.completeFailed(HostByte.ABORT);
            }
            return EhResult.SUCCESS;
        };
        List<Bio> bios = new ArrayList<>();
        List<Bio> ends = new java.util.concurrent.CopyOnWriteArrayList<>();
        DiskHandle handle = bench.open("sda");
        for (int i = 0; i < 20; i++) {
            bios.add(Bench.submit(handle, true, i, ends::add));
        }
        HostRemovalReport report = bench.core.detach(host);
        assertQuiet(report);
        bios.forEach(bio -> assertFalse(bio.status().ok(), "it was never written"));
        bench.until("each ends", () -> ends.size() >= 20);
        assertEquals(20, ends.size(), "and once");
        assertEquals(0, report.notLetGo());
        handle.close();
    }

    @Test
    void hostThatNeverCompletes_isRemovedAndReported() throws Exception {
        holdWrites();
        DiskHandle handle = bench.open("sda");
        Bio bio = Bench.submit(handle, true, 1, null);
        HostRemovalReport report = bench.core.detach(host);
        assertTrue(report.quiet(), "nobody is inside: " + report.summary());
        assertEquals(BlockStatus.GONE, bench.end(bio));
        assertEquals(1, report.notLetGo());
        assertTrue(bio.bufferHeld());
        handle.close();
        held.forEach(ScsiCommand::completeGood);
        assertEquals(0, host.door().busy(), "it may let go later");
    }

    @Test
    void callThatNeverReturns_isNamedWithItsThread() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        driver.instead = command -> {
            if (isWrite(command)) {
                inside.countDown();
                awaitQuietly(letGo);
                command.completeGood();
                return Queued.ACCEPTED;
            }
            return null;
        };
        DiskHandle handle = bench.open("sda");
        bench.clockwork.execute("writer", () -> Bench.submit(handle, true, 1, null));
        assertTrue(inside.await(10, TimeUnit.SECONDS));
        HostRemovalReport report = bench.core.detach(host);
        assertFalse(report.quiet());
        assertEquals(1, report.stuck().size(), report.summary());
        assertTrue(
                report.stuck().get(0).startsWith("queueCommand on thread 'bench: writer'"),
                report.stuck().get(0));
        int calls = driver.calls.get();
        assertEquals(BlockStatus.GONE, bench.end(Bench.submit(handle, false, 1, null)));
        assertEquals(calls, driver.calls.get(), "nobody else enters");
        handle.close();
    }

    @Test
    void abortThatNeverReturns_doesNotHoldTheRemovalUp() throws Exception {
        holdWrites();
        CountDownLatch aborting = new CountDownLatch(1);
        driver.abort = command -> {
            aborting.countDown();
            awaitQuietly(letGo);
            return EhResult.FAILED;
        };
        DiskHandle handle = bench.open("sda");
        Bench.submit(handle, true, 1, null);
        assertTrue(aborting.await(10, TimeUnit.SECONDS), "it times out, and recovery begins");
        HostRemovalReport report = bench.core.detach(host);
        assertFalse(report.quiet());
        assertTrue(report.stuck().get(0).startsWith("abort on thread"), report.summary());
        handle.close();
    }

    @Test
    void removalFromInsideADriverCall_doesNotWaitForThatCall() throws Exception {
        AtomicReference<HostRemovalReport> report = new AtomicReference<>();
        driver.instead = command -> {
            if (isWrite(command)) {
                report.set(bench.core.detach(host));
                command.completeFailed(HostByte.NO_CONNECT);
                return Queued.ACCEPTED;
            }
            return null;
        };
        DiskHandle handle = bench.open("sda");
        assertEquals(BlockStatus.GONE, bench.end(Bench.submit(handle, true, 1, null)));
        bench.until("the removal returns", () -> report.get() != null);
        assertTrue(report.get().quiet(), report.get().summary());
        handle.close();
    }

    @Test
    void yank_duringWrites_failsThemGoneAndTheOtherUnitGoesOn() throws Exception {
        holdWrites();
        DiskHandle handle = bench.open("sda");
        DiskHandle other = bench.open("sdb");
        Device device = host.devices().get(0);
        Bio bio = Bench.submit(handle, true, 1, null);
        driver.units.remove(0L);
        held.remove().completeFailed(HostByte.NO_CONNECT);
        driver.port.lunGone(0, 0, 0);
        assertEquals(BlockStatus.GONE, bench.end(bio));
        bench.until("the device goes", () -> host.devices().size() == 1);
        bench.until("its removal ends", () -> device.state() == ScsiDeviceState.DEL);
        DeviceRemovalReport report = device.remove(Removal.ORDERLY);
        assertEquals(Removal.SURPRISE, report.kind(), "whoever comes later sees what happened");
        assertEquals(BlockStatus.OK, bench.end(Bench.submit(other, false, 1, null)));
        assertEquals(BlockStatus.GONE, bench.end(Bench.submit(handle, false, 1, null)));
        handle.close();
        other.close();
    }

    @Test
    void removeTarget_removesEachOfItsDevices() {
        List<DeviceRemovalReport> reports = bench.core.removeTarget(0, 0, 0, Removal.ORDERLY);
        assertEquals(2, reports.size());
        assertEquals(List.of(), bench.published);
        bench.core.rescan(0);
        bench.settle();
        assertEquals(2, bench.published.size(), "a rescan brings them back as new ones");
    }

    @Test
    void eject_stopsTheUnitAfterItsDiskHasGone() throws Exception {
        try (DiskHandle handle = bench.open("sda")) {
            handle.write(1, ByteBuffer.allocate(512));
        }
        driver.log.clear();
        DeviceRemovalReport report = host.devices().get(0).eject();
        assertEquals(List.of(), report.problems());
        assertEquals("START STOP UNIT", driver.log.get(driver.log.size() - 1));
        assertEquals("SYNCHRONIZE CACHE(10)", driver.log.get(driver.log.size() - 2));
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the test did not let go");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
