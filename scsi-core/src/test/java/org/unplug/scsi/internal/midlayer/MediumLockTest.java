package org.unplug.scsi.internal.midlayer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.Removal;
import org.unplug.scsi.Cdb;
import org.unplug.scsi.HostRemovalReport;
import org.unplug.scsi.ScsiResult;
import org.unplug.scsi.SenseData;
import org.unplug.scsi.SenseKey;
import org.unplug.scsi.spi.HostByte;
import org.unplug.scsi.spi.ScsiCommand;
import org.unplug.scsi.spi.ScsiHost.EhResult;
import org.unplug.scsi.spi.ScsiHost.Queued;

/** A medium that can be taken out is locked in while somebody has its disk open. */
@Timeout(60)
class MediumLockTest {

    private static final String COMMAND = "PREVENT ALLOW MEDIUM REMOVAL";

    /** No command is late before the test is done with it. */
    private final Bench bench = new Bench(new Timing(40_000, 2, 500, 2_000, 500, 2));

    private final FakeHost driver = new FakeHost().unit(0, 1 << 20);
    private final FakeUnit unit = driver.units.get(0L);
    private final Queue<ScsiCommand> held = new ConcurrentLinkedQueue<>();

    @AfterEach
    void close() {
        driver.instead = command -> null;
        bench.core.hosts().forEach(each -> bench.core.removeHost(each.number(), Removal.SURPRISE));
        bench.close();
    }

    private Device attach() {
        unit.removable = true;
        return bench.attach(driver).devices().get(0);
    }

    private static boolean isLock(ScsiCommand command) {
        return Cdb.opcode(command.cdb()) == Cdb.PREVENT_ALLOW_MEDIUM_REMOVAL;
    }

    private long sent() {
        return driver.log.stream().filter(COMMAND::equals).count();
    }

    private void awaitLocked(boolean locked) {
        bench.until(locked ? "it is locked in" : "it is let out", () -> unit.prevented == locked);
    }

    /** What somebody else's program may send to the unit behind the core's back. */
    private static ScsiResult ejectByHand(Device device) {
        byte[] cdb = new byte[6];
        Cdb.startStop(cdb, false, true);
        return device.execute(cdb, null, null, 10_000);
    }

    @Test
    void firstOpen_locksTheMediumIn_andTheLastCloseLetsItOut() throws Exception {
        attach();
        assertEquals(0, sent(), "to look at it is not to use it");
        DiskHandle first = bench.open("sda");
        awaitLocked(true);
        DiskHandle second = bench.open("sda");
        first.close();
        assertTrue(unit.prevented);
        second.close();
        awaitLocked(false);
        assertEquals(2, sent());
    }

    @Test
    void mediumThatCannotBeTakenOut_isNotLocked() throws Exception {
        bench.attach(driver);
        bench.open("sda").close();
        bench.core.removeHost(0, Removal.ORDERLY);
        assertEquals(0, sent());
    }

    @Test
    void mediumInUse_isNotEjectedByHand_butInOrder() throws Exception {
        Device device = attach();
        try (DiskHandle handle = bench.open("sda")) {
            awaitLocked(true);
            ScsiResult refused = ejectByHand(device);
            assertTrue(refused.why().contains("medium removal prevented"), refused.why());
            assertEquals(BlockStatus.OK, bench.end(Bench.submit(handle, true, 1, null)), "and all goes on");
            assertEquals(List.of(), device.eject().problems());
            assertEquals(
                    List.of("SYNCHRONIZE CACHE(10)", COMMAND, "START STOP UNIT"),
                    driver.log.subList(driver.log.size() - 3, driver.log.size()));
        }
    }

    @Test
    void mediumThatTheUnitKeeps_isToldByTheReport_andTheDeviceGoesAllTheSame() {
        Device device = attach();
        driver.instead = command -> {
            if (Cdb.opcode(command.cdb()) == Cdb.START_STOP_UNIT) {
                // Somebody else, on another path, has locked it.
                FakeHost.fail(command, SenseKey.ILLEGAL_REQUEST, 0x53, 0x02);
                return Queued.ACCEPTED;
            }
            return null;
        };
        List<String> problems = device.eject().problems();
        assertEquals(1, problems.size());
        assertTrue(problems.get(0).contains("did not eject its medium"), problems.get(0));
        assertTrue(problems.get(0).contains("medium removal prevented"), problems.get(0));
        assertEquals(List.of(), bench.names());
    }

    @Test
    void mediumNotInUse_isEjectedByHand() {
        assertEquals("", ejectByHand(attach()).why());
    }

    @Test
    void removalInOrder_letsTheMediumOutOfTheUnitThatStays() throws Exception {
        Device device = attach();
        DiskHandle handle = bench.open("sda");
        awaitLocked(true);
        device.remove(Removal.ORDERLY);
        assertFalse(unit.prevented);
        long so = sent();
        handle.close();
        assertEquals(so, sent(), "who closes later is told to nobody");
    }

    @Test
    void removalInOrder_ofAMediumThatNobodyUsed_saysNothing() {
        attach().remove(Removal.ORDERLY);
        assertEquals(0, sent());
    }

    @Test
    void yank_sendsNothing_andTheNextMediumIsFree() throws Exception {
        attach();
        DiskHandle handle = bench.open("sda");
        awaitLocked(true);
        long so = sent();
        driver.unit(0, 1 << 21);
        driver.port.lunGone(0, 0, 0);
        bench.until("the next one is in use", () -> bench.names().equals(List.of("sdb")));
        handle.close();
        assertEquals(so, sent());
        assertFalse(driver.units.get(0L).prevented);
    }

    @Test
    void unitThatWasReset_isToldAgain() throws Exception {
        attach();
        try (DiskHandle handle = bench.open("sda")) {
            awaitLocked(true);
            unit.prevented = false;
            unit.attentions.add(SenseData.of(SenseKey.UNIT_ATTENTION, 0x29, 0x00));
            assertEquals(BlockStatus.OK, bench.end(Bench.submit(handle, false, 1, null)));
            awaitLocked(true);
        }
        awaitLocked(false);
    }

    @Test
    void unitThatKnowsNoSuchCommand_isNotAskedAgain() throws Exception {
        driver.instead = command -> {
            if (isLock(command)) {
                FakeHost.fail(command, SenseKey.ILLEGAL_REQUEST, 0x20, 0x00);
                return Queued.ACCEPTED;
            }
            return null;
        };
        attach();
        try (DiskHandle handle = bench.open("sda")) {
            bench.until("it said so", () -> bench.said("its medium cannot be locked in"));
            assertEquals(BlockStatus.OK, bench.end(Bench.submit(handle, true, 1, null)));
        }
        bench.open("sda").close();
        bench.core.removeHost(0, Removal.ORDERLY);
        assertEquals(1, sent());
    }

    @Test
    void unitThatIsSilent_holdsUpNobodyWhoOpensReadsOrCloses() throws Exception {
        driver.instead = command -> isLock(command) && held.add(command) ? Queued.ACCEPTED : null;
        attach();
        try (DiskHandle handle = bench.open("sda")) {
            bench.until("it is asked", () -> !held.isEmpty());
            assertEquals(BlockStatus.OK, bench.end(Bench.submit(handle, true, 1, null)));
        }
        assertEquals(1, held.size(), "one command at a time");
        held.remove().completeGood();
        bench.until("then it is told what is wanted now", () -> !held.isEmpty());
        held.remove().completeGood();
        assertEquals(2, sent());
    }

    @Test
    void unitThatIsSilentAtItsRemoval_isLetGoAndTheRemovalQuiet() throws Exception {
        driver.abort = command -> {
            held.remove(command);
            command.completeFailed(HostByte.ABORT);
            return EhResult.SUCCESS;
        };
        driver.instead = command -> isLock(command) && held.add(command) ? Queued.ACCEPTED : null;
        attach();
        DiskHandle handle = bench.open("sda");
        bench.until("it is asked", () -> !held.isEmpty());
        HostRemovalReport report = bench.core.removeHost(0, Removal.ORDERLY).orElseThrow();
        assertTrue(report.quiet(), report.summary());
        assertEquals(0, driver.inside.get());
        handle.close();
    }
}
