package org.unplug.lab.internal.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.unplug.block.BlockStatus;
import org.unplug.block.Removal;
import org.unplug.lab.internal.contract.Verdict.Outcome;

/** The oracle is tested itself: it must acquit the good removal and find each bad one, and nothing beside. */
class OracleTest {

    private static final String TYPED = "org.unplug.fs.DiskGoneException";
    private static final long MS = 1_000_000;

    private static final Evidence.Refusal REFUSAL = new Evidence.Refusal(50, Map.of(), 2, List.of());
    private static final Evidence.Ends ENDS =
            new Evidence.Ends(100, 100, 0, 0, Map.of(BlockStatus.OK, 60L, BlockStatus.GONE, 40L));
    private static final Evidence.Quiet QUIET = new Evidence.Quiet(0, 0, "calls", 50);
    private static final Evidence.Return RETURN = new Evidence.Return("stop", 20 * MS, 35_000 * MS, true);
    private static final Evidence.Counting COUNTING = new Evidence.Counting("sda", true, 2, true, List.of());
    private static final Evidence.Told TOLD = told(new Evidence.HolderSaw("h", 1, List.of(Removal.ORDERLY), true));
    private static final Evidence.Places PLACES = new Evidence.Places(4096, 0, "", false);
    private static final Evidence.Contents CONTENTS =
            new Evidence.Contents("acknowledged", 10, 5000, List.of(), true, true);
    private static final Evidence.Answers ANSWERS = answers(Map.of(TYPED, 7L), 2 * MS, 0, true);
    private static final Evidence.Isolation ISOLATION = new Evidence.Isolation(20 * MS, 40, 0, 5 * MS, 1000 * MS);
    private static final Evidence.Single SINGLE =
            new Evidence.Single(Seen.of(true), "same", Seen.of(true), "sda of epoch 2", 0, 16);
    private static final Evidence.Left LEFT =
            new Evidence.Left(List.of(), List.of(), Seen.of(List.of()), Seen.of(true));

    private static Evidence.Told told(Evidence.HolderSaw holder) {
        return new Evidence.Told(Removal.ORDERLY, List.of(holder));
    }

    private static Evidence.Answers answers(
            Map<String, Long> failures, long slowest, long succeeded, boolean unmounted) {
        return new Evidence.Answers(failures, Map.of(), TYPED, slowest, 1000 * MS, succeeded, unmounted, MS);
    }

    private static Evidence.Ends ends(long begun, long ended, long twice, long inside) {
        return new Evidence.Ends(begun, ended, twice, inside, Map.of());
    }

    /** The good removal with one piece exchanged. */
    private static Evidence with(Object piece) {
        return new Evidence(
                pick(piece, REFUSAL),
                pick(piece, ENDS),
                pick(piece, QUIET),
                pick(piece, RETURN),
                pick(piece, COUNTING),
                pick(piece, TOLD),
                pick(piece, PLACES),
                pick(piece, CONTENTS),
                pick(piece, ANSWERS),
                pick(piece, ISOLATION),
                pick(piece, SINGLE),
                pick(piece, LEFT));
    }

    @SuppressWarnings("unchecked")
    private static <T> Seen<T> pick(Object piece, T good) {
        return Seen.of(good.getClass().isInstance(piece) ? (T) piece : good);
    }

    @Test
    void judge_goodRemoval_everyLineHolds() {
        Oracle.judge(with(null))
                .forEach((line, verdict) -> assertEquals(Outcome.HOLDS, verdict.outcome(), line + ": " + verdict));
    }

    @Test
    void judge_nothingSeen_holdsNothing() {
        Map<Line, Verdict> verdicts = Oracle.judge(Evidence.none("too dark"));
        assertEquals(Line.values().length, verdicts.size());
        verdicts.forEach((line, verdict) -> assertEquals(Verdict.notObserved("too dark"), verdict, line.name()));
    }

    private record Bad(String what, Line line, Object piece, String mustSay) {}

    private static final List<Bad> BAD = List.of(
            new Bad(
                    "requests pass after refusal",
                    Line.R1,
                    new Evidence.Refusal(50, Map.of(BlockStatus.OK, 3L), 2, List.of()),
                    "3 requests"),
            new Bad(
                    "IOERR instead of GONE",
                    Line.R1,
                    new Evidence.Refusal(9, Map.of(BlockStatus.IOERR, 1L), 2, List.of()),
                    "IOERR"),
            new Bad(
                    "an open succeeds",
                    Line.R1,
                    new Evidence.Refusal(9, Map.of(), 2, List.of("of sda succeeded")),
                    "of sda"),
            new Bad("a request is lost", Line.R2, ends(100, 99, 0, 1), "never ended"),
            new Bad("a request ends twice", Line.R2, ends(100, 100, 1, 0), "ended twice"),
            new Bad("ends without beginning", Line.R2, ends(100, 101, 0, 0), "101 ended"),
            new Bad("a call is inside at the return", Line.R3, new Evidence.Quiet(1, 0, "calls", 5), "1 calls inside"),
            new Bad("a call enters after the return", Line.R3, new Evidence.Quiet(0, 2, "calls", 5), "2 calls after"),
            new Bad(
                    "the removal is late",
                    Line.R4,
                    new Evidence.Return("stop", 36_000 * MS, 35_000 * MS, true),
                    "36000 ms"),
            new Bad(
                    "the removal hangs",
                    Line.R4,
                    new Evidence.Return("stop", 40_000 * MS, 35_000 * MS, false),
                    "had not returned"),
            new Bad("freed while held", Line.R5, new Evidence.Counting("sda", false, 0, true, List.of()), "not kept"),
            new Bad("never freed", Line.R5, new Evidence.Counting("sda", true, 2, false, List.of("fs")), "[fs]"),
            new Bad("a holder is not told", Line.R6, told(new Evidence.HolderSaw("h", 0, List.of(), true)), "told []"),
            new Bad(
                    "told twice",
                    Line.R6,
                    told(new Evidence.HolderSaw("h", 0, List.of(Removal.ORDERLY, Removal.ORDERLY), true)),
                    "not once"),
            new Bad(
                    "told the wrong kind",
                    Line.R6,
                    told(new Evidence.HolderSaw("h", 0, List.of(Removal.SURPRISE), true)),
                    "SURPRISE"),
            new Bad(
                    "synced twice",
                    Line.R6,
                    told(new Evidence.HolderSaw("h", 2, List.of(Removal.ORDERLY), true)),
                    "sync 2"),
            new Bad(
                    "told under a lock",
                    Line.R6,
                    told(new Evidence.HolderSaw("h", 1, List.of(Removal.ORDERLY), false)),
                    "did not answer"),
            new Bad(
                    "a stray write",
                    Line.R7,
                    new Evidence.Places(4096, 1, "sector 9 holds another", false),
                    "sector 9"),
            new Bad("a late write", Line.R7, new Evidence.Places(4096, 0, "", true), "image changed"),
            new Bad(
                    "a lost file",
                    Line.R8,
                    new Evidence.Contents("flushed", 1, 9, List.of("/a is not there"), false, false),
                    "/a"),
            new Bad(
                    "not clean",
                    Line.R8,
                    new Evidence.Contents("acknowledged", 1, 9, List.of(), true, false),
                    "not clean"),
            new Bad(
                    "the wrong exception",
                    Line.R9,
                    answers(Map.of(TYPED, 7L, "java.io.IOException", 1L), 0, 0, true),
                    "java.io.IOException"),
            new Bad("a slow failure", Line.R9, answers(Map.of(TYPED, 7L), 3000 * MS, 0, true), "3000 ms"),
            new Bad("a write after death", Line.R9, answers(Map.of(TYPED, 7L), 0, 1, true), "acknowledged after"),
            new Bad("unmount fails", Line.R9, answers(Map.of(TYPED, 7L), 0, 0, false), "unmount failed"),
            new Bad(
                    "the other side stands still",
                    Line.R10,
                    new Evidence.Isolation(9, 0, 0, 1500 * MS, 1000 * MS),
                    "stood still"),
            new Bad("the other side fails", Line.R10, new Evidence.Isolation(9, 4, 2, 0, 1000 * MS), "2 errors"),
            new Bad(
                    "the second remover overtakes",
                    Line.R11,
                    new Evidence.Single(Seen.of(false), "came back early", Seen.of(true), "x", 0, 1),
                    "early"),
            new Bad(
                    "the same object returns",
                    Line.R11,
                    new Evidence.Single(Seen.of(true), "", Seen.of(false), "epoch 1", 0, 1),
                    "epoch 1"),
            new Bad(
                    "an old handle reaches it",
                    Line.R11,
                    new Evidence.Single(Seen.of(true), "", Seen.of(true), "x", 3, 16),
                    "3 requests"),
            new Bad(
                    "an object remains",
                    Line.R12,
                    new Evidence.Left(List.of("Disk 0"), List.of(), Seen.of(List.of()), Seen.of(true)),
                    "Disk 0"),
            new Bad(
                    "a thread remains",
                    Line.R12,
                    new Evidence.Left(List.of(), List.of("mmc-sim-1"), Seen.of(List.of()), Seen.of(true)),
                    "mmc-sim-1"),
            new Bad(
                    "a descriptor remains",
                    Line.R12,
                    new Evidence.Left(List.of(), List.of(), Seen.of(List.of("7")), Seen.of(true)),
                    "descriptors remain"),
            new Bad(
                    "the loader remains",
                    Line.R12,
                    new Evidence.Left(List.of(), List.of(), Seen.of(List.of()), Seen.of(false)),
                    "class loader"));

    @TestFactory
    Stream<DynamicTest> judge_eachBreach_breaksItsLineAndNoOther() {
        return BAD.stream()
                .map(bad -> DynamicTest.dynamicTest(bad.line() + " " + bad.what(), () -> {
                    Map<Line, Verdict> verdicts = Oracle.judge(with(bad.piece()));
                    verdicts.forEach((line, verdict) -> assertEquals(
                            line == bad.line() ? Outcome.BROKEN : Outcome.HOLDS,
                            verdict.outcome(),
                            line + ": " + verdict));
                    String text = verdicts.get(bad.line()).text();
                    assertTrue(text.contains(bad.mustSay()), text);
                }));
    }

    @Test
    void judge_nothingWasAskedAfterRefusal_provesNothing() {
        Verdict verdict = Oracle.refuse(new Evidence.Refusal(0, Map.of(), 0, List.of()));
        assertEquals(Outcome.NOT_OBSERVED, verdict.outcome());
    }

    @Test
    void judge_noFailureOfFilesSeen_provesNothing() {
        assertEquals(
                Outcome.NOT_OBSERVED,
                Oracle.answers(answers(Map.of(), 0, 0, true)).outcome());
    }

    @Test
    void judge_descriptorsCannotBeListed_saysSo() {
        Verdict verdict = Oracle.nothingLeft(
                new Evidence.Left(List.of(), List.of(), Seen.not("no /proc"), Seen.not("not refreshed")));
        assertEquals(Outcome.HOLDS, verdict.outcome());
        assertTrue(verdict.text().contains("no /proc") && verdict.text().contains("not refreshed"), verdict.text());
    }

    @Test
    void tally_oneBreachAmongMany_breaksTheLine() {
        Tally tally = new Tally();
        for (int i = 0; i < 99; i++) {
            tally.add(only(Verdict.holds("fine")));
        }
        tally.add(only(Verdict.broken("late")));
        Verdict verdict = tally.verdicts().get(Line.R4);
        assertTrue(verdict.isBroken());
        assertEquals("1 of 100 times: late", verdict.text());
        assertEquals(1, tally.broken());
    }

    @Test
    void tally_neverObserved_isNotHeld() {
        Tally tally = new Tally();
        tally.add(only(Verdict.notObserved("dark")));
        assertEquals(Verdict.notObserved("dark"), tally.verdicts().get(Line.R4));
        assertEquals(Outcome.NOT_OBSERVED, new Tally().verdicts().get(Line.R1).outcome());
    }

    private static Map<Line, Verdict> only(Verdict verdict) {
        return new EnumMap<>(Map.of(Line.R4, verdict));
    }
}
