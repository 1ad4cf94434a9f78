package org.unplug.lab.explore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.unplug.lab.explore.engine.Execution;
import org.unplug.lab.explore.engine.Mutation;
import org.unplug.lab.explore.engine.Mutations;
import org.unplug.lab.explore.engine.Schedule;
import org.unplug.lab.explore.engine.Search;
import org.unplug.lab.explore.engine.States;
import org.unplug.lab.explore.engine.WeavingLoader;

/** Our own code breaks no line of the contract on the schedules that are tried; with a bug in it, it does. */
@Timeout(300)
class ExplorerTest {

    /** Executions of each kind of search; the long runs have more. */
    private static final int TRIES = Integer.getInteger("unplug.explore.tries", 60);

    private static final int INSTANTS = 15;
    /** Until it is found: most are at once, the rarest after a few hundred. */
    private static final int AT_RANDOM = 3000;

    /** The mutation was not made, or makes no class. */
    private static final Pattern NO_BUG = Pattern.compile("matches nothing|VerifyError");

    private static BooleanSupplier times(int most) {
        AtomicInteger left = new AtomicInteger(most);
        return () -> left.getAndDecrement() > 0;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "raw/eject/none",
                "raw/yank/none",
                "raw/stop/none",
                "raw/drop/none",
                "raw/two/none",
                "raw/eject/deadline",
                "raw/yank/fair",
                "stuck/eject/none",
                "stuck/yank/none",
                "part/eject/none",
                "part/yank/none",
                "raw/swap/none",
                "stack/eject/none",
                "stack/yank/none",
                "fat/eject/none",
                "fat/yank/none",
                "nbd/eject/none",
                "nbd/yank/none",
                "nbd/drop/none",
                "nbd/swap/none"
            })
    void ours_unpluggedAtInstantsAndAtRandom_breaksNoLine(String scene) {
        States states = new States();
        Search search = new Search(new WeavingLoader(null), scene, states);
        assertEquals(List.of(), search.everyInstant(true, times(TRIES)));
        Execution random = search.random(new Random(7), times(TRIES));
        assertTrue(random == null, () -> "replay with the schedule " + random.schedule() + ": " + random.broken());
        assertTrue(states.size() > 500, "only " + states.size() + " states: is the weaver at work?");
    }

    static Stream<Mutation> seededBugs() {
        return Mutations.ALL.stream();
    }

    /** The oracle's own test: what it cannot see here, it would not see in a true bug either. */
    @ParameterizedTest
    @MethodSource("seededBugs")
    void seededBug_isFound(Mutation bug) {
        Search search = new Search(new WeavingLoader(bug), bug.scene(), new States());
        List<Execution> instants = search.everyInstant(true, times(INSTANTS));
        Execution found = instants.isEmpty() ? search.random(new Random(1), times(AT_RANDOM)) : instants.get(0);
        assertTrue(found != null, bug.what() + ": not found in " + search.executions() + " executions");
        assertFalse(NO_BUG.matcher(found.broken().get(0)).find(), () -> "that is no find: " + found.broken());
        System.out.printf(
                "%-26s %3d executions  %s%n",
                bug.name(), search.executions(), found.broken().get(0));
    }

    @Test
    void failure_isReplayedFromItsScheduleTwiceTheSame() {
        Mutation bug = Mutations.ALL.stream()
                .filter(each -> each.name().equals("gate-no-kill"))
                .findFirst()
                .orElseThrow();
        WeavingLoader classes = new WeavingLoader(bug);
        Search search = new Search(classes, bug.scene(), new States());
        Execution failing = search.shrink(search.everyInstant(true, () -> true).get(0));
        Schedule typed = Schedule.parse(failing.schedule().toString());
        Execution first = Execution.of(classes, typed, new States(), true);
        Execution second = Execution.of(classes, typed, new States(), true);
        assertEquals(failing.broken(), first.broken());
        assertEquals(first, second);
        assertFalse(first.trace().isEmpty());
    }

    /** Each was broken once. */
    @ParameterizedTest
    @ValueSource(strings = {"nbd/swap/none@61", "nbd/swap/none@508~498498", "nbd/eject/none@1637~250241"})
    void schedulesThatFoundSomething_breakNothingNow(String schedule) {
        WeavingLoader classes = new WeavingLoader(null);
        Schedule found = Schedule.parse(schedule);
        Execution.of(classes, new Schedule(found.scene(), 1, List.of(), 0), new States(), false);
        Execution first = Execution.of(classes, found, new States(), true);
        assertEquals(List.of(), first.broken());
        assertEquals(
                first.trace(), Execution.of(classes, found, new States(), true).trace());
    }

    @Test
    void mutationThatMatchesNothing_isRefused() {
        Mutation lost = new Mutation("lost", "", "ref/Kref", "get", Mutation.Change.DROP_CALL, "nothing", 1, "");
        Execution refused = Execution.of(
                new WeavingLoader(lost), new Schedule("raw/yank/none", 1, List.of(), 0), new States(), false);
        assertTrue(
                refused.broken().get(0).contains("matches nothing"),
                refused.broken().toString());
    }

    @Test
    void scheduleText_isReadBack() {
        Schedule schedule = new Schedule(
                "raw/yank/none", 137, List.of(new Schedule.Preemption(201, 2), new Schedule.Preemption(300, 0)), 5);
        assertEquals("raw/yank/none@137+201.2+300.0~5", schedule.toString());
        assertEquals(schedule, Schedule.parse(schedule.toString()));
        assertThrows(IllegalArgumentException.class, () -> Schedule.parse("raw@x"));
    }
}
