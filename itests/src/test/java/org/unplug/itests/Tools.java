package org.unplug.itests;

import static org.junit.Assume.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The programs of dosfstools and mtools, where the machine has them. */
final class Tools {

    private static final List<String> FOLDERS = List.of("/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/bin");

    /**
     * How a program ended.
     *
     * @param status its exit status
     * @param output both streams
     */
    record Outcome(int status, String output) {}

    private Tools() {}

    static boolean have(String program) {
        return FOLDERS.stream().anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    /** Skips the test, saying why, where one of them is missing. */
    static void assume(String... programs) {
        for (String program : programs) {
            if (!have(program)) {
                System.out.println("skipped: there is no " + program + " (Debian: dosfstools, mtools)");
            }
            assumeTrue("there is no " + program + " (Debian: dosfstools, mtools)", have(program));
        }
    }

    /** Runs a program that must succeed. */
    static String run(String... command) throws IOException, InterruptedException {
        Outcome outcome = ends(command);
        if (outcome.status() != 0) {
            throw new AssertionError(
                    Arrays.toString(command) + " ended with " + outcome.status() + ": " + outcome.output());
        }
        return outcome.output();
    }

    static Outcome ends(String... command) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of(command));
        for (String folder : FOLDERS) {
            if (Files.isExecutable(Path.of(folder, command[0]))) {
                words.set(0, folder + "/" + command[0]);
                break;
            }
        }
        ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
        builder.environment().put("MTOOLS_SKIP_CHECK", "1");
        builder.environment().put("LC_ALL", "C.UTF-8");
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError(words + " does not end: " + output);
        }
        return new Outcome(process.exitValue(), output);
    }

    /** Where the machine has fsck.fat: it finds nothing to mend, the dirty bit included. */
    static void assertClean(Path image, String when) throws IOException, InterruptedException {
        if (!have("fsck.fat")) {
            System.out.println("not checked with fsck.fat, there is none: " + when);
            return;
        }
        Outcome outcome = ends("fsck.fat", "-n", image.toString());
        if (outcome.status() != 0) {
            throw new AssertionError(when + ": fsck.fat finds the volume damaged: " + outcome.output());
        }
    }
}
