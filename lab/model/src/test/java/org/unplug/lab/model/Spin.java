package org.unplug.lab.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Spin and the C compiler, each run in a folder of its own. */
final class Spin {

    private static final Path MODEL = Path.of("removal.pml").toAbsolutePath();
    private static final long LIMIT_S = 120;
    private static final Pattern ERROR = Pattern.compile("pan:1: (.*?) \\(at depth");
    private static final Pattern STATES = Pattern.compile("(\\d+) states, stored");

    private final Path folder;
    private final List<String> macros;

    Spin(Path folder, String... macros) {
        this.folder = folder;
        this.macros = List.of(macros);
    }

    /**
     * What a search found.
     *
     * @param error in Spin's words, or empty
     * @param states how many different ones were visited
     * @param output everything it said
     */
    record Result(String error, long states, String output) {}

    /** Whether both are on this machine. */
    static boolean isThere() {
        return runs("spin", "-V") && runs("gcc", "--version");
    }

    private static boolean runs(String... command) {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException absent) {
            return false;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Every reachable state, breadth first, so that an error comes by the shortest way. */
    Result safety() throws IOException {
        return search(List.of("-DSAFETY", "-DNOCLAIM", "-DBFS"), List.of());
    }

    /** A claim about every infinite run in which nobody who can go on is passed over for ever. */
    Result liveness(String claim) throws IOException {
        return search(List.of("-DNFAIR=3"), List.of("-a", "-f", "-N", claim));
    }

    private Result search(List<String> defines, List<String> options) throws IOException {
        List<String> generate = new ArrayList<>(List.of("spin", "-a"));
        generate.addAll(macros);
        generate.add(MODEL.toString());
        run(generate);
        List<String> compile = new ArrayList<>(List.of("gcc", "-O1", "-w", "-o", "pan", "pan.c"));
        compile.addAll(defines);
        run(compile);
        List<String> search = new ArrayList<>(List.of("./pan", "-m1000000"));
        search.addAll(options);
        String output = run(search);
        Matcher error = ERROR.matcher(output);
        Matcher states = STATES.matcher(output);
        if (!states.find() || output.contains("max search depth too small")) {
            throw new AssertionError("the search did not come to its end:\n" + output);
        }
        return new Result(error.find() ? error.group(1).strip() : "", Long.parseLong(states.group(1)), output);
    }

    /** The way to the error of the last search, a line for each change of a variable: "who: what". */
    List<String> trail() throws IOException {
        Path trail;
        try (var files = Files.list(folder)) {
            trail = files.filter(file -> file.toString().endsWith(".trail"))
                    .findFirst()
                    .orElseThrow();
        }
        List<String> command = new ArrayList<>(List.of("spin", "-t", "-p", "-k", trail.toString()));
        command.addAll(macros);
        command.add(MODEL.toString());
        List<String> steps = new ArrayList<>();
        Matcher line = Pattern.compile("proc +\\d+ \\((\\w+):\\d+\\).*\\[(.*)]$", Pattern.MULTILINE)
                .matcher(run(command));
        while (line.find()) {
            steps.add(line.group(1) + ": " + line.group(2));
        }
        return steps;
    }

    private String run(List<String> command) throws IOException {
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            if (!process.waitFor(LIMIT_S, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(command + " did not end in " + LIMIT_S + " s");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return Files.readString(output);
    }
}
