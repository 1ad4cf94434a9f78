package org.unplug.lab.explore;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.unplug.lab.explore.engine.Account;
import org.unplug.lab.explore.engine.Execution;
import org.unplug.lab.explore.engine.Mutation;
import org.unplug.lab.explore.engine.Mutations;
import org.unplug.lab.explore.engine.Schedule;
import org.unplug.lab.explore.engine.Search;
import org.unplug.lab.explore.engine.States;
import org.unplug.lab.explore.engine.WeavingLoader;
import org.unplug.lab.explore.matrix.Matrix;
import org.unplug.lab.explore.matrix.Protocol;
import org.unplug.lab.explore.matrix.Survey;
import org.unplug.lab.explore.report.Document;
import org.unplug.lab.explore.report.MatrixHtml;
import org.unplug.lab.explore.report.MatrixJson;
import org.unplug.lab.explore.report.MatrixMarkdown;
import org.unplug.lab.explore.report.MatrixText;
import org.unplug.lab.internal.contract.Line;
import org.unplug.lab.internal.report.Protocols;
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
            "A scene is shape/unplug/scheduler, or over a protocol of the past shape/unplug/era:",
            "  raw|stuck|part|stack|fat|nbd / eject|yank|stop|drop|two|swap / none|deadline|fair",
            "  raw|stuck|part|fat / eject|yank|swap / mmc-2.6.28 and the others that `lab era` in the shell lists"
        })
public final class Explore implements Callable<Integer> {

    private static final List<String> SHAPES = List.of("raw", "stuck", "part", "stack", "fat", "nbd");
    private static final List<String> UNPLUGS = List.of("eject", "yank", "stop", "drop", "two", "swap");
    private static final List<String> SCHEDULERS = List.of("none", "deadline", "fair");
    /** Ways to go that end as a stop does, but for what the framework does then. */
    private static final List<String> FRAMEWORKS = List.of("uninstall", "refresh");

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

    @Option(names = "--shape", paramLabel = "SHAPE", description = "only scenes of this shape, as nbd")
    private String shape;

    @Option(names = "--kind", paramLabel = "UNPLUG", description = "only scenes with this way to unplug, as yank")
    private String kind;

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

    @Option(names = "--tell", description = "with --replay: what everybody did, in place of where threads switch")
    private boolean tell;

    @Option(
            names = "--line",
            paramLabel = "LINE",
            description =
                    "looks for this line of the contract only, as R5 (default: every line that the protocol promises)")
    private String line;

    @Option(
            names = "--bug",
            paramLabel = "NAME",
            description = "with one of the seeded bugs in the code; --bug list names them")
    private String bugName;

    @Option(
            names = "--protocols",
            paramLabel = "DIR",
            description =
                    "plays the same scenes over every protocol of the past and ours, prints which keeps which line of the "
                            + "contract, and writes it there for `unplug compare`")
    private Path protocols;

    @Option(
            names = "--times",
            paramLabel = "N",
            defaultValue = "1",
            description = "with --protocols: N times as many executions")
    private int times;

    @Option(
            names = "--docs",
            paramLabel = "FILE",
            description = "with --protocols: puts the result into the parts of docs/removal.md that are made from it")
    private Path docs;

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
        if (protocols != null) {
            return survey();
        }
        Mutation bug = bugName == null ? null : bug();
        return replay == null ? explore(bug) : replay(bug);
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    private PrintWriter err() {
        return spec.commandLine().getErr();
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

    private int survey() {
        if (times < 1 || times > 1_000) {
            throw wrong("--times " + times + ": must be from 1 to 1000");
        }
        Survey survey = new Survey(times, protocol -> {
            err().print(protocol.shown() + " ");
            err().flush();
        });
        Matrix matrix = survey.run();
        err().println();
        out().print(MatrixText.of(matrix));
        out().flush();
        try {
            new Protocols(MatrixHtml.of(matrix), new MatrixMarkdown(matrix).whole(), MatrixJson.of(matrix))
                    .write(protocols);
            if (docs != null) {
                Files.writeString(docs, Document.with(Files.readString(docs), matrix));
            }
        } catch (IOException | IllegalArgumentException e) {
            throw wrong("--protocols: " + e.getMessage());
        }
        return matrix.oursIsBroken() ? 1 : 0;
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
        if (tell) {
            execution.account().story().forEach(this::tell);
        } else {
            execution.trace().forEach(out()::println);
        }
        out().println(schedule + ": " + execution.steps() + " steps, "
                + (execution.isBroken() ? "broken:" : "no line broken"));
        execution.broken().forEach(line -> out().println("  " + line));
        return execution.isBroken() ? 1 : 0;
    }

    private void tell(Account.Happening each) {
        out().println(String.format("%-12s -> %-12s %-4s%s", each.from(), each.to(), each.line(), each.what())
                .stripTrailing());
    }

    /** Broken in the sense of what is looked for. */
    private Predicate<Execution> wanted(String scene) {
        if (line != null) {
            return execution -> execution.account().breaks(line);
        }
        String last = scene.substring(scene.lastIndexOf('/') + 1);
        return Protocol.all().stream()
                .filter(protocol -> !protocol.isOurs() && protocol.id().equals(last))
                .findFirst()
                .<Predicate<Execution>>map(protocol -> execution -> protocol.promises().entrySet().stream()
                        .anyMatch(promise -> promise.getValue().made()
                                && execution.account().breaks(promise.getKey().name())))
                .orElse(Execution::isBroken);
    }

    /** The first execution of its classes takes steps of their initialisation. */
    private static void warmUp(WeavingLoader classes, String scene) {
        Execution.of(classes, new Schedule(scene, 1, List.of(), 0), new States(), false);
    }

    private void known(String scene) {
        String[] words = scene.split("/", -1);
        if (words.length > 1) {
            explored(words[1]);
        }
        if (!everyScene().contains(scene) && !Protocol.isScene(scene)) {
            throw wrong("'" + scene + "' is no scene; one looks like raw/yank/none, and --help has the words");
        }
    }

    private void explored(String unplug) {
        if (FRAMEWORKS.contains(unplug)) {
            throw wrong("'" + unplug
                    + "' is 'stop' and then the framework's doing, which is in none of these worlds: explore "
                    + "'stop'; RefreshIT uninstalls and refreshes under load");
        }
    }

    /** Those of all scenes that were asked for. */
    private List<String> chosenScenes() {
        if (shape != null && !SHAPES.contains(shape)) {
            throw wrong("--shape " + shape + ": there are " + String.join(", ", SHAPES));
        }
        if (kind != null) {
            explored(kind);
            if (!UNPLUGS.contains(kind)) {
                throw wrong("--kind " + kind + ": there are " + String.join(", ", UNPLUGS));
            }
        }
        return everyScene().stream()
                .filter(scene -> shape == null || scene.startsWith(shape + "/"))
                .filter(scene -> kind == null || scene.contains("/" + kind + "/"))
                .toList();
    }

    private List<String> scenes(Mutation bug) {
        if (!chosen.isEmpty()) {
            if (shape != null || kind != null) {
                throw wrong("--scene says which; --shape and --kind choose among all");
            }
            chosen.forEach(this::known);
            return chosen;
        }
        boolean isNarrowed = shape != null || kind != null;
        return bug != null && !isNarrowed ? List.of(bug.scene()) : chosenScenes();
    }

    private int explore(Mutation bug) {
        if (!(minutes > 0 && minutes <= 100_000)) {
            throw wrong("--minutes " + minutes + ": must be more than 0 and at most 100000");
        }
        List<String> scenes = scenes(bug);
        if (line != null
                && Arrays.stream(Line.values()).noneMatch(each -> each.name().equals(line))) {
            throw wrong("--line " + line + ": no such line of the contract; there are R1 to R12");
        }
        long began = System.nanoTime();
        long budget = (long) (minutes * TimeUnit.MINUTES.toNanos(1));
        int executions = 0;
        long states = 0;
        int exhausted = 0;
        int broken = 0;
        // One for all: what is woven and compiled for one scene serves the next.
        WeavingLoader classes = new WeavingLoader(bug);
        for (int i = 0; i < scenes.size(); i++) {
            long left = budget - (System.nanoTime() - began);
            Found found = explore(classes, scenes.get(i), left / (scenes.size() - i));
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

    private Found explore(WeavingLoader classes, String scene, long nanos) {
        long end = System.nanoTime() + nanos;
        BooleanSupplier inTime = () -> System.nanoTime() - end < 0;
        States states = new States();
        Search search = new Search(classes, scene, states, wanted(scene));
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
