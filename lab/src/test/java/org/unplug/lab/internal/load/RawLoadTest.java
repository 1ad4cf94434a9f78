package org.unplug.lab.internal.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.unplug.block.BlockStatus;
import org.unplug.lab.internal.contract.Evidence;
import org.unplug.lab.internal.contract.Line;
import org.unplug.lab.internal.contract.Oracle;
import org.unplug.lab.internal.contract.Seen;
import org.unplug.lab.internal.contract.Verdict;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;

/** The load under a fake block layer, sound or with one flaw: what the oracle makes of the ledger. */
class RawLoadTest {

    private static final int SLOTS = 32;
    private static final long WAIT_MS = 5_000;

    private final SystemClockwork clockwork = Clockwork.system("lab-test");
    private final Field field = new Field(3, SLOTS);
    private final Ledger ledger = new Ledger(new Pulse(clockwork.nanoTime()));

    @AfterEach
    void close() {
        clockwork.close();
    }

    private Evidence run(FakeHandle handle) {
        RawLoad load = new RawLoad(clockwork, handle, field, ledger, 4, 42);
        load.start();
        await(() -> ledger.ended() > 200);
        handle.remove();
        ledger.refused();
        long before = ledger.begunAfterRefusal();
        await(() ->
                handle.flaw() == FakeHandle.Flaw.LOSES ? handle.hasLost() : ledger.begunAfterRefusal() > before + 10);
        boolean back = load.stop(handle.flaw() == FakeHandle.Flaw.LOSES ? 50 : WAIT_MS);
        Field.Findings findings = load.findings();
        List<String> strays = findings.strays();
        Evidence none = Evidence.none("not tried");
        return new Evidence(
                Seen.of(new Evidence.Refusal(ledger.begunAfterRefusal(), ledger.notGone(), 0, List.of())),
                Seen.of(new Evidence.Ends(
                        ledger.begun(), ledger.ended(), ledger.twice(), back ? 0 : ledger.inside(), ledger.statuses())),
                none.quiet(),
                none.returned(),
                none.counting(),
                none.told(),
                Seen.of(new Evidence.Places(
                        findings.sectors(), strays.size(), strays.isEmpty() ? "" : strays.get(0), false)),
                none.contents(),
                none.answers(),
                none.isolation(),
                none.single(),
                none.left());
    }

    private void await(BooleanSupplier condition) {
        long deadline = clockwork.nanoTime() + WAIT_MS * 1_000_000;
        Object monitor = new Object();
        while (!condition.getAsBoolean()) {
            assertTrue(clockwork.nanoTime() < deadline, "the load stands still");
            synchronized (monitor) {
                clockwork.await(monitor, 1_000_000);
            }
        }
    }

    private static List<Line> broken(Evidence evidence) {
        Map<Line, Verdict> verdicts = Oracle.judge(evidence);
        return verdicts.keySet().stream()
                .filter(line -> verdicts.get(line).isBroken())
                .sorted()
                .toList();
    }

    @Test
    void soundLayer_nothingIsBroken() {
        Evidence evidence = run(new FakeHandle(clockwork, field, FakeHandle.Flaw.NONE));
        assertEquals(List.of(), broken(evidence));
        assertFalse(ledger.statuses().get(BlockStatus.GONE) == null);
    }

    @Test
    void layerThatAnswersAfterRemoval_breaksR1() {
        assertEquals(List.of(Line.R1), broken(run(new FakeHandle(clockwork, field, FakeHandle.Flaw.ADMITS))));
    }

    @Test
    void layerThatLosesRequests_breaksR2() {
        assertEquals(List.of(Line.R2), broken(run(new FakeHandle(clockwork, field, FakeHandle.Flaw.LOSES))));
    }

    @Test
    void layerThatEndsTwice_breaksR2() {
        assertEquals(List.of(Line.R2), broken(run(new FakeHandle(clockwork, field, FakeHandle.Flaw.TWICE))));
    }

    @Test
    void layerThatWritesElsewhere_breaksR7() {
        assertEquals(List.of(Line.R7), broken(run(new FakeHandle(clockwork, field, FakeHandle.Flaw.ELSEWHERE))));
    }
}
