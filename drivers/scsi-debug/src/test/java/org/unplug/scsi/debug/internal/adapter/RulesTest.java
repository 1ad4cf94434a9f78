package org.unplug.scsi.debug.internal.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;
import org.unplug.scsi.ScsiAddress;
import org.unplug.scsi.ScsiStatus;
import org.unplug.scsi.SenseKey;
import org.unplug.scsi.debug.Fault;
import org.unplug.scsi.debug.LunSpec;
import org.unplug.scsi.debug.Rule;
import org.unplug.scsi.debug.RuleInfo;
import org.unplug.scsi.spi.HostByte;
import org.unplug.scsi.spi.ScsiHost.EhResult;
import org.unplug.scsi.spi.ScsiHost.Queued;

/** An adapter that serves on the caller's thread: what a call did is done when it returns. */
@Timeout(60)
class RulesTest {

    private static final ScsiAddress UNIT = new ScsiAddress(0, 0, 0, 0);

    private final SystemClockwork clockwork = Clockwork.system("rules");
    private final DebugAdapter adapter = new DebugAdapter(new Settings("debug", 16, 16, 0, 0, 4), clockwork);
    private final Bay bay = new Bay(adapter, clockwork, line -> {}, luns -> {});

    @BeforeEach
    void putIn() throws IOException {
        bay.insert(LunSpec.ram(1 << 16).at(0, 0));
        queue(FakeCommand.testUnitReady());
    }

    @AfterEach
    void close() {
        bay.close();
        clockwork.close();
    }

    private FakeCommand queue(FakeCommand command) {
        assertEquals(Queued.ACCEPTED, adapter.queueCommand(command.to(adapter)));
        return command;
    }

    private void assertGood(FakeCommand command) {
        queue(command);
        assertEquals(1, command.ends());
        assertEquals(HostByte.OK, command.host());
        assertEquals(ScsiStatus.GOOD, command.status());
    }

    @Test
    void rule_meetsItsCommandsAfterAndAsOftenAsItSays() {
        bay.addRule(Rule.of(Fault.SENSE, "3/11/0").forOpcode(0x28).after(1).times(2));
        assertGood(FakeCommand.read(0, 1));
        assertGood(FakeCommand.testUnitReady());
        for (int i = 0; i < 2; i++) {
            FakeCommand bad = queue(FakeCommand.read(0, 1));
            assertEquals(ScsiStatus.CHECK_CONDITION, bad.status());
            assertEquals(SenseKey.MEDIUM_ERROR, bad.decodedSense().key());
            assertTrue(bad.decodedSense().is(0x11, 0));
            assertEquals(512, bad.residualBytes());
        }
        assertGood(FakeCommand.read(0, 1));
        assertEquals(2, bay.rules().get(0).met());
    }

    @Test
    void rule_forAnotherUnit_doesNotMeet() {
        bay.addRule(Rule.of(Fault.STATUS, "BUSY").on(0, 1));
        bay.addRule(Rule.of(Fault.STATUS, "BUSY").on(1, 0));
        assertGood(FakeCommand.testUnitReady());
    }

    @Test
    void firstRuleThatIsNotUsedUp_counts() {
        bay.addRule(Rule.of(Fault.STATUS, "TASK_SET_FULL").times(1));
        bay.addRule(Rule.of(Fault.HOST_BYTE, "TRANSPORT_DISRUPTED").times(1));
        assertEquals(
                ScsiStatus.TASK_SET_FULL, queue(FakeCommand.testUnitReady()).status());
        assertEquals(
                HostByte.TRANSPORT_DISRUPTED, queue(FakeCommand.testUnitReady()).host());
        assertGood(FakeCommand.testUnitReady());
    }

    @Test
    void busy_isNotAcceptedAndNotEnded() {
        bay.addRule(Rule.of(Fault.HOST_BUSY).times(1));
        bay.addRule(Rule.of(Fault.DEVICE_BUSY).times(1));
        FakeCommand command = FakeCommand.testUnitReady();
        assertEquals(Queued.HOST_BUSY, adapter.queueCommand(command));
        assertEquals(Queued.DEVICE_BUSY, adapter.queueCommand(command));
        assertEquals(0, command.ends());
        assertGood(command);
    }

    @Test
    void commandForAUnitThatWasPulled_doesNotReachTheOneInItsPlace() throws IOException {
        FakeCommand late = FakeCommand.read(0, 1).to(adapter);
        bay.yank(0, 0);
        bay.insert(LunSpec.ram(1 << 16).at(0, 0));
        assertEquals(Queued.ACCEPTED, adapter.queueCommand(late));
        assertEquals(HostByte.NO_CONNECT, late.host());
        queue(FakeCommand.testUnitReady());
        assertGood(FakeCommand.read(0, 1));
    }

    @Test
    void timeOut_endsByAbort() {
        bay.addRule(Rule.of(Fault.TIME_OUT).times(1));
        FakeCommand lost = queue(FakeCommand.testUnitReady());
        assertGood(FakeCommand.testUnitReady());
        assertEquals(0, lost.ends());
        assertEquals(EhResult.SUCCESS, adapter.abort(lost));
        assertEquals(1, lost.ends());
        assertEquals(HostByte.ABORT, lost.host());
    }

    @Test
    void timeOut_endsByPullingTheUnitOut() {
        bay.addRule(Rule.of(Fault.TIME_OUT).times(1));
        FakeCommand lost = queue(FakeCommand.testUnitReady());
        assertTrue(bay.yank(0, 0));
        assertEquals(HostByte.NO_CONNECT, lost.host());
        assertEquals(1, lost.ends());
    }

    @Test
    void failingHandlers_doNothing_andTheNextOneLetsGo() {
        bay.addRule(Rule.of(Fault.TIME_OUT).times(1));
        bay.addRule(Rule.of(Fault.ABORT_FAILS));
        bay.addRule(Rule.of(Fault.DEVICE_RESET_FAILS).on(0, 0));
        bay.addRule(Rule.of(Fault.TARGET_RESET_FAILS));
        bay.addRule(Rule.of(Fault.BUS_RESET_FAILS));
        FakeCommand lost = queue(FakeCommand.testUnitReady());
        assertEquals(EhResult.FAILED, adapter.abort(lost));
        assertEquals(EhResult.FAILED, adapter.deviceReset(UNIT));
        assertEquals(EhResult.FAILED, adapter.targetReset(UNIT));
        assertEquals(EhResult.FAILED, adapter.busReset(0));
        assertEquals(0, lost.ends());
        assertEquals(EhResult.SUCCESS, adapter.hostReset());
        assertEquals(HostByte.RESET, lost.host());
    }

    @ParameterizedTest
    @EnumSource(
            names = {"ABORT_HANGS", "DEVICE_RESET_HANGS", "TARGET_RESET_HANGS", "BUS_RESET_HANGS", "HOST_RESET_HANGS"})
    void hangingHandler_returnsFailedOnceItsRuleIsDropped(Fault fault) throws Exception {
        RuleInfo rule = bay.addRule(Rule.of(fault));
        CompletableFuture<EhResult> result = new CompletableFuture<>();
        clockwork.execute("eh", () -> result.complete(call(fault)));
        while (bay.rules().get(0).met() == 0) {
            assertFalse(result.isDone());
            Thread.onSpinWait();
        }
        assertTrue(bay.dropRule(rule.number()));
        assertFalse(bay.dropRule(rule.number()));
        assertEquals(EhResult.FAILED, result.get(20, TimeUnit.SECONDS));
    }

    private EhResult call(Fault fault) {
        return switch (fault.part()) {
            case ABORT -> adapter.abort(FakeCommand.testUnitReady());
            case DEVICE_RESET -> adapter.deviceReset(UNIT);
            case TARGET_RESET -> adapter.targetReset(UNIT);
            case BUS_RESET -> adapter.busReset(0);
            case HOST_RESET -> adapter.hostReset();
            case COMMAND -> throw new IllegalArgumentException(fault + " is no handler's");
        };
    }

    @Test
    void hangingHandler_returnsWhenTheAdapterStops() throws Exception {
        bay.addRule(Rule.of(Fault.ABORT_HANGS));
        CompletableFuture<EhResult> result = new CompletableFuture<>();
        clockwork.execute("eh", () -> result.complete(call(Fault.ABORT_HANGS)));
        while (bay.rules().get(0).met() == 0) {
            Thread.onSpinWait();
        }
        bay.close();
        assertEquals(EhResult.FAILED, result.get(20, TimeUnit.SECONDS));
    }

    @Test
    void slow_goesThroughTheAdaptersOwnThreads() throws Exception {
        bay.addRule(Rule.of(Fault.SLOW, "100").times(1));
        FakeCommand slow = queue(FakeCommand.testUnitReady());
        while (slow.ends() == 0) {
            Thread.onSpinWait();
        }
        assertEquals(ScsiStatus.GOOD, slow.status());
        assertEquals(List.of(1L), bay.rules().stream().map(RuleInfo::met).toList());
    }
}
