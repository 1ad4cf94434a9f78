package org.unplug.lab.explore.engine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * Looks for a schedule that breaks something. First the unplug at every step, nobody else preempted: exhaustive within that bound. Then
 * one preemption more, and then several, at random places.
 */
public final class Search {

    private static final int MOST_PREEMPTIONS = 5;
    /** From a named step to the next that matters. */
    private static final int REACH = 5;
    /** From one of a kind to the next that is tried. */
    private static final int STRIDE = 7;

    private final WeavingLoader classes;
    private final String scene;
    private final States states;
    private final Predicate<Execution> wanted;
    private int executions;
    private int baseline;

    /** Looks for whatever is broken. */
    public Search(WeavingLoader classes, String scene, States states) {
        this(classes, scene, states, Execution::isBroken);
    }

    /** @param wanted what is looked for */
    public Search(WeavingLoader classes, String scene, States states, Predicate<Execution> wanted) {
        this.wanted = wanted;
        this.classes = classes;
        this.scene = scene;
        this.states = states;
    }

    public int executions() {
        return executions;
    }

    /** How many steps the scene has; known after {@link #everyInstant}. */
    public int baseline() {
        return baseline;
    }

    private Execution play(Schedule schedule) {
        executions++;
        return Execution.of(classes, schedule, states, false);
    }

    /**
     * The unplug at each step of an execution that nothing else disturbs.
     *
     * @return those that broke something; at most one if {@code first}
     */
    public List<Execution> everyInstant(boolean first, BooleanSupplier goOn) {
        // The first one initialises classes, which takes steps of its own.
        Execution.of(classes, new Schedule(scene, 1, List.of(), 0), new States(), false);
        Execution undisturbed = play(new Schedule(scene, Schedule.AT_THE_END, List.of(), 0));
        List<Execution> found = new ArrayList<>();
        if (wanted.test(undisturbed)) {
            found.add(undisturbed);
        }
        baseline = undisturbed.steps();
        for (int step = 1; step <= baseline && goOn.getAsBoolean() && (!first || found.isEmpty()); step++) {
            Execution execution = play(new Schedule(scene, step, List.of(), 0));
            if (wanted.test(execution)) {
                found.add(execution);
            }
        }
        return found;
    }

    /**
     * So many unplugs at steps spread evenly over an execution that nothing else disturbs, so many within a few steps of those that the
     * scene has named - at random if it has named none -, and so many schedules at random. The same numbers make the same schedules.
     */
    public List<Execution> sample(int instants, int atNames, int atRandom, long seed) {
        Execution.of(classes, new Schedule(scene, 1, List.of(), 0), new States(), false);
        List<Execution> sample = new ArrayList<>();
        Execution undisturbed = play(new Schedule(scene, Schedule.AT_THE_END, List.of(), 0));
        sample.add(undisturbed);
        baseline = undisturbed.steps();
        for (int i = 0; i < instants; i++) {
            sample.add(play(new Schedule(scene, 1 + (int) ((long) baseline * i / instants), List.of(), 0)));
        }
        List<List<Execution.Mark>> kinds = kinds(undisturbed.marks());
        for (int i = 0; i < atNames && !kinds.isEmpty(); i++) {
            List<Execution.Mark> kind = kinds.get(i % kinds.size());
            int round = i / kinds.size();
            int step = kind.get(round * STRIDE % kind.size()).step() + 1 + round % REACH;
            sample.add(play(new Schedule(scene, step, List.of(), 1 + 2L * i)));
        }
        Random random = new Random(seed);
        for (int i = 0; i < (kinds.isEmpty() ? atNames : 0) + atRandom; i++) {
            sample.add(play(any(random)));
        }
        return sample;
    }

    private static List<List<Execution.Mark>> kinds(List<Execution.Mark> marks) {
        Map<Integer, List<Execution.Mark>> kinds = new LinkedHashMap<>();
        marks.forEach(mark ->
                kinds.computeIfAbsent(mark.site(), s -> new ArrayList<>()).add(mark));
        return List.copyOf(kinds.values());
    }

    /** Unplug and preemptions at random steps, until something breaks or it is enough. @return null if nothing broke */
    public Execution random(Random random, BooleanSupplier goOn) {
        while (goOn.getAsBoolean()) {
            Execution execution = play(any(random));
            if (wanted.test(execution)) {
                return execution;
            }
        }
        return null;
    }

    private Schedule any(Random random) {
        int unplugAt = 1 + random.nextInt(Math.max(1, baseline));
        int count = 1 + random.nextInt(MOST_PREEMPTIONS);
        List<Integer> steps = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            // Most of what matters comes soon before or after the unplug.
            int reach = 1 << 2 + random.nextInt(9);
            steps.add(Math.max(1, unplugAt - reach / 4 + random.nextInt(reach)));
        }
        steps.sort(null);
        List<Schedule.Preemption> preemptions = new ArrayList<>();
        for (int step : steps) {
            preemptions.add(new Schedule.Preemption(step, random.nextInt(8)));
        }
        return new Schedule(scene, unplugAt, preemptions, 1 + random.nextInt(1_000_000));
    }

    /** Leaves out of a failing schedule whatever it fails without. */
    public Execution shrink(Execution failing) {
        Execution best = failing;
        if (best.schedule().seed() != 0) {
            Execution inTurn = play(best.schedule().withSeed(0));
            best = wanted.test(inTurn) ? inTurn : best;
        }
        boolean smaller = true;
        while (smaller) {
            smaller = false;
            for (Schedule.Preemption one : best.schedule().preemptions()) {
                Execution without = play(best.schedule().without(one));
                if (wanted.test(without)) {
                    best = without;
                    smaller = true;
                    break;
                }
            }
        }
        return best;
    }
}
