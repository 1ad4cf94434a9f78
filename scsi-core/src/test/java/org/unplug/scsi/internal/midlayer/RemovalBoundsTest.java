package org.unplug.scsi.internal.midlayer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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
import org.unplug.block.testing.VirtualClockwork;
import org.unplug.scsi.Cdb;
import org.unplug.scsi.HostRemovalReport;
import org.unplug.scsi.ScsiHostState;
import org.unplug.scsi.internal.eh.Rung;
import org.unplug.scsi.spi.HostByte;
import org.unplug.scsi.spi.ScsiCommand;
import org.unplug.scsi.spi.ScsiHost.EhResult;
import org.unplug.scsi.spi.ScsiHost.Queued;

/** R4 of an adapter, in virtual time: whatever its driver does not do, the removal ends by the deadlines that are configured. */
@Timeout(120)
class RemovalBoundsTest {

    private static final int MANY = 4096;

    /** A time-out for commands that none reaches here, unless the test has them wait for it. */
    private static final Timing TIMING = new Timing(10_000, 2, 10_000, 30_000, 5_000, 3);

    /** The drain, and two graces: for the driver's farewell, and for who is inside. Nothing here has anything to sync. */
    private static final long BOUND_MS = TIMING.drainMs() + 2 * TIMING.graceMs();

    private final VirtualClockwork clockwork = new VirtualClockwork();
    private final Bench bench = new Bench(TIMING, clockwork);
    private final FakeHost driver = new FakeHost().unit(0, MANY * 512).unit(1, 1 << 16);
    private final Set<ScsiCommand> held = new HashSet<>();
    private Host host;

    @AfterEach
    void close() {
        bench.close();
    }

    private void attach() {
        driver.limits = driver.limits.withQueue(MANY, MANY);
        host = bench.attach(driver);
        driver.instead = command -> isWrite(command) && held.add(command) ? Queued.ACCEPTED : null;
    }

    private static boolean isWrite(ScsiCommand command) {
        return Cdb.opcode(command.cdb()) == Cdb.WRITE_10;
    }

    private List<Bio> writes(DiskHandle handle, int count, AtomicInteger ends) {
        List<Bio> bios = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            bios.add(Bench.submit(handle, true, i, bio -> ends.incrementAndGet()));
        }
        assertEquals(count, held.size(), "all are inside the driver");
        return bios;
    }

    /** Removes it by the bound; the report. */
    private HostRemovalReport remove(Removal kind) {
        long began = clockwork.milliTime();
        HostRemovalReport report = bench.core.removeHost(host.number(), kind).orElseThrow();
        long took = clockwork.milliTime() - began;
        assertTrue(took <= BOUND_MS, took + " ms, at most " + BOUND_MS + ": " + report.summary());
        assertEquals(ScsiHostState.DEL, host.state());
        return report;
    }

    @ParameterizedTest
    @EnumSource(Removal.class)
    void thousandsOfCommandsThatNobodyCompletes_endGone_onceEach_byTheDeadline(Removal kind) throws Exception {
        attach();
        AtomicInteger ends = new AtomicInteger();
        try (DiskHandle handle = bench.open("sda")) {
            List<Bio> bios = writes(handle, MANY, ends);
            HostRemovalReport report = remove(kind);
            assertTrue(report.quiet(), "nobody is inside: " + report.summary());
            assertEquals(MANY, report.notLetGo());
            clockwork.settle();
            assertEquals(MANY, ends.get());
            bios.forEach(bio -> assertEquals(BlockStatus.GONE, bio.status()));
            bios.forEach(bio -> assertTrue(bio.bufferHeld(), "the driver has them still"));
        }
        held.forEach(ScsiCommand::completeGood);
        clockwork.settle();
        assertEquals(MANY, ends.get(), "what comes later has no effect");
        assertEquals(0, host.door().busy());
    }

    @ParameterizedTest
    @EnumSource(Removal.class)
    void thousandsOfCommandsThatAnAbortFrees_takeNoTimeBeyondTheirOwn(Removal kind) throws Exception {
        attach();
        driver.abort = command -> {
            held.remove(command);
            command.completeFailed(HostByte.ABORT);
            return EhResult.SUCCESS;
        };
        AtomicInteger ends = new AtomicInteger();
        try (DiskHandle handle = bench.open("sda")) {
            List<Bio> bios = writes(handle, MANY, ends);
            long began = clockwork.milliTime();
            HostRemovalReport report = remove(kind);
            // An orderly removal lets them end by themselves for half of the drain.
            assertEquals(kind == Removal.ORDERLY ? TIMING.drainMs() / 2 : 0, clockwork.milliTime() - began);
            assertTrue(report.quiet(), report.summary());
            assertEquals(0, report.notLetGo());
            clockwork.settle();
            assertEquals(MANY, ends.get());
            bios.forEach(bio -> assertEquals(BlockStatus.GONE, bio.status()));
            bios.forEach(bio -> assertFalse(bio.bufferHeld()));
        }
    }

    @ParameterizedTest
    @EnumSource(Removal.class)
    void queueCommandThatNeverReturns_isNamed_byTheDeadline(Removal kind) throws Exception {
        attach();
        driver.instead = command -> {
            if (isWrite(command)) {
                clockwork.hang();
            }
            return null;
        };
        DiskHandle handle = bench.open("sda");
        clockwork.execute("unlucky", () -> Bench.submit(handle, true, 1, null));
        clockwork.settle();
        HostRemovalReport report = remove(kind);
        assertFalse(report.quiet());
        assertTrue(report.stuck().get(0).startsWith("queueCommand on thread 'virtual unlucky'"), report.summary());
    }

    @ParameterizedTest
    @EnumSource(Removal.class)
    void abortThatNeverReturns_isNamed_byTheDeadline(Removal kind) throws Exception {
        attach();
        driver.abort = command -> {
            clockwork.hang();
            return EhResult.FAILED;
        };
        AtomicInteger ends = new AtomicInteger();
        DiskHandle handle = bench.open("sda");
        writes(handle, 3, ends);
        HostRemovalReport report = remove(kind);
        assertFalse(report.quiet());
        assertTrue(report.stuck().get(0).startsWith("abort on thread"), report.summary());
        clockwork.settle();
        assertEquals(3, ends.get());
    }

    @ParameterizedTest
    @EnumSource(Rung.class)
    void resetThatNeverReturns_isNamed_byTheDeadline_andSoIsTheRemovalInTheMiddleOfIt(Rung rung) throws Exception {
        attach();
        boolean[] inside = {false};
        driver.resets.put(rung, where -> {
            inside[0] = true;
            clockwork.hang();
            return EhResult.FAILED;
        });
        AtomicInteger ends = new AtomicInteger();
        DiskHandle handle = bench.open("sda");
        writes(handle, 3, ends);
        bench.until("the ladder has come to it", () -> inside[0]);
        assertEquals(ScsiHostState.RECOVERY, host.state());
        HostRemovalReport report = remove(Removal.ORDERLY);
        assertFalse(report.quiet());
        clockwork.settle();
        assertEquals(3, ends.get());
        assertTrue(host.errorHandler().awaitIdle(clockwork.nanoTime()), "the handler's thread is gone");
    }

    @Test
    void unitWhoseMediumIsLockedIn_andThatIsSilent_isLeftByTheDeadline() throws Exception {
        driver.units.get(0L).removable = true;
        attach();
        DiskHandle handle = bench.open("sda");
        bench.until("it is locked in", () -> driver.units.get(0L).prevented);
        driver.instead = command -> held.add(command) ? Queued.ACCEPTED : null;
        HostRemovalReport report = remove(Removal.ORDERLY);
        assertTrue(report.quiet(), report.summary());
        handle.close();
    }

    @Test
    void removalFromInsideADriverCall_doesNotWaitForThatCall() throws Exception {
        attach();
        List<HostRemovalReport> reports = new ArrayList<>();
        driver.instead = command -> {
            if (isWrite(command)) {
                reports.add(remove(Removal.ORDERLY));
                command.completeFailed(HostByte.NO_CONNECT);
                return Queued.ACCEPTED;
            }
            return null;
        };
        DiskHandle handle = bench.open("sda");
        assertEquals(BlockStatus.GONE, bench.end(Bench.submit(handle, true, 1, null)));
        bench.until("the removal returns", () -> !reports.isEmpty());
        assertTrue(reports.get(0).quiet(), reports.get(0).summary());
        handle.close();
    }
}
