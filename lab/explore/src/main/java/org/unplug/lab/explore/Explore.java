package org.unplug.lab.explore;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.unplug.lab.explore.engine.Execution;
import org.unplug.lab.explore.engine.Mutation;
import org.unplug.lab.explore.engine.Mutations;
import org.unplug.lab.explore.engine.Schedule;
import org.unplug.lab.explore.engine.Search;
import org.unplug.lab.explore.engine.States;
import org.unplug.lab.explore.engine.WeavingLoader;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The command line: unplugs in every scene for so long, or plays one schedule again. Exit status: 0 if no line was broken, 1 if
 * one was, 2 if the arguments make no sense.
 */
@Command(
        name = "unplug explore",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        description =
                "Unplugs a disk at every step of small worlds over the real classes, and then at random steps with other "
                        + "threads preempted, until the time is over.",
        footer = {
            "",
            "A scene is shape/unplug/scheduler:",
            "  raw|stuck|part|fat / eject|yank|stop|drop|two / none|deadline|fair"
        })
public final class Explore implements Callable<Integer> {

    private static final List<String> SHAPES = List.of("raw", "stuck", "part", "fat");
    private static final List<String> UNPLUGS = List.of("eject", "yank", "stop", "drop", "two");
    private static final List<String> SCHEDULERS = List.of("none", "deadline", "fair");

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--minutes",
            paramLabel = "N",
            defaultValue = "1",
            description = "how long, shared by the scenes; 0.5 is half a minute (default ${DEFAULT-VALUE})")
    private double minutes;

    @Option(
            names = "--scene",
            paramLabel = "SCENE",
            description = "only this one, as raw/yank/none; may be given more than once (default: all ${sceneCount})")
    private List<String> chosen = List.of();

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "makes the random choices of an earlier run again (default ${DEFAULT-VALUE})")
    private long seed;

    @Option(
            names = "--replay",
            paramLabel = "SCHEDULE",
            description = "plays one schedule, as raw/yank/none@137+201.2~5, and prints where threads switch")
    private String replay;

    @Option(
            names = "--bug",
            paramLabel = "NAME",
            description = "with one of the seeded bugs in the code; --bug list names them")
    private String bugName;

    private Explore() {}

    public static void main(String[] arguments) {
        System.exit(run(writer(System.out), writer(System.err), arguments));
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(stream, true, Charset.defaultCharset());
    }

    /** The exit status. */
    static int run(PrintWriter out, PrintWriter errors, String... arguments) {
        System.setProperty("sceneCount", String.valueOf(everyScene().size()));
        return new CommandLine(new Explore())
                .setOut(out)
                .setErr(errors)
                .setParameterExceptionHandler((e, given) -> {
                    errors.println("unplug explore: " + e.getMessage());
                    return 2;
                })
                .execute(arguments);
    }

    private static List<String> everyScene() {
        List<String> scenes = new ArrayList<>();
        for (String scheduler : SCHEDULERS) {
            for (String shape : SHAPES) {
                UNPLUGS.forEach(unplug -> scenes.add(shape + "/" + unplug + "/" + scheduler));
            }
        }
        return scenes;
    }

    @Override
    public Integer call() {
        if ("list".equals(bugName)) {
            Mutations.ALL.stream()
                    .sorted(Comparator.comparing(Mutation::name))
                    .forEach(bug -> out().printf("%-26s %-18s %s%n", bug.name(), bug.scene(), bug.what()));
            return 0;
        }
        Mutation bug = bugName == null ? null : bug();
        return replay == null ? explore(bug) : replay(bug);
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    private ParameterException wrong(String why) {
        return new ParameterException(spec.commandLine(), why);
    }

    private Mutation bug() {
        return Mutations.ALL.stream()
                .filter(each -> each.name().equals(bugName))
                .findFirst()
                .orElseThrow(() -> wrong("--bug " + bugName + ": no such bug; --bug list names them"));
    }

    private int replay(Mutation bug) {
        Schedule schedule;
        try {
            schedule = Schedule.parse(replay);
        } catch (IllegalArgumentException e) {
            throw wrong("--replay: " + e.getMessage());
        }
        known(schedule.scene());
        WeavingLoader classes = new WeavingLoader(bug);
        warmUp(classes, schedule.scene());
        Execution execution = Execution.of(classes, schedule, new States(), true);
        execution.trace().forEach(out()::println);
        out().println(schedule + ": " + execution.steps() + " steps, "
                + (execution.isBroken() ? "broken:" : "no line broken"));
        execution.broken().forEach(line -> out().println("  " + line));
        return execution.isBroken() ? 1 : 0;
    }

    /** The first execution of its classes takes steps of their initialisation. */
    private static void warmUp(WeavingLoader classes, String scene) {
        Execution.of(classes, new Schedule(scene, 1, List.of(), 0), new States(), false);
    }

    private void known(String scene) {
        if (!everyScene().contains(scene)) {
            throw wrong("'" + scene + "' is no scene; one looks like raw/yank/none, and --help has the words");
        }
    }

    private int explore(Mutation bug) {
        if (!(minutes > 0 && minutes <= 100_000)) {
            throw wrong("--minutes " + minutes + ": must be more than 0 and at most 100000");
        }
        chosen.forEach(this::known);
        List<String> scenes = chosen.isEmpty() ? bug == null ? everyScene() : List.of(bug.scene()) : chosen;
        long began = System.nanoTime();
        long budget = (long) (minutes * TimeUnit.MINUTES.toNanos(1));
        int executions = 0;
        long states = 0;
        int exhausted = 0;
        int broken = 0;
        for (int i = 0; i < scenes.size(); i++) {
            long left = budget - (System.nanoTime() - began);
            Found found = explore(bug, scenes.get(i), left / (scenes.size() - i));
            executions += found.executions;
            states += found.states;
            exhausted += found.everyInstant ? 1 : 0;
            broken += found.broken ? 1 : 0;
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        out().printf(
                        "%,d executions, %,d distinct states in %.0f s (%,.0f states a second), seed %d%n",
                        executions, states, seconds, states / seconds, seed);
        out().println(
                        broken == 0
                                ? "No violation in the schedules that were tried; a single unplug without a further preemption was tried at "
                                        + "every step in " + exhausted + " of " + scenes.size() + " scenes."
                                : "A line is broken in " + broken + " of " + scenes.size() + " scenes.");
        return broken == 0 ? 0 : 1;
    }

    private record Found(int executions, int states, boolean everyInstant, boolean broken) {}

    private Found explore(Mutation bug, String scene, long nanos) {
        long end = System.nanoTime() + nanos;
        BooleanSupplier inTime = () -> System.nanoTime() - end < 0;
        States states = new States();
        Search search = new Search(new WeavingLoader(bug), scene, states);
        List<Execution> found = search.everyInstant(true, inTime);
        int instants = Math.min(search.executions() - 1, search.baseline());
        Execution failing =
                found.isEmpty() ? search.random(new Random(seed * 31 + scene.hashCode()), inTime) : found.get(0);
        out().printf(
                        "%-20s %,6d of %,6d instants, %,7d executions, %,9d states%n",
                        scene, instants, search.baseline(), search.executions(), states.size());
        if (failing != null) {
            tell(search.shrink(failing));
        }
        return new Found(search.executions(), states.size(), instants == search.baseline(), failing != null);
    }

    private void tell(Execution failing) {
        failing.broken().forEach(line -> out().println("  " + line));
        out().println("  again: ./unplug explore" + (bugName == null ? "" : " --bug " + bugName) + " --replay '"
                + failing.schedule() + "'");
    }
}
