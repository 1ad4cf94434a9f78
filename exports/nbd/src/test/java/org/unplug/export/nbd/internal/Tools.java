package org.unplug.export.nbd.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Other people's programs. A test that needs one which is not here says that it was skipped. */
final class Tools {

    private Tools() {}

    static void need(String... names) {
        for (String name : names) {
            boolean there = List.of(System.getenv("PATH").split(":", -1)).stream()
                            .anyMatch(directory -> Files.isExecutable(Path.of(directory, name)))
                    || Files.isExecutable(Path.of("/usr/sbin", name));
            assumeTrue(there, name + " is not installed: skipped");
        }
    }

    /** The system's own Python, which the shell of libnbd comes for. */
    static void needPython() throws IOException, InterruptedException {
        boolean had = new ProcessBuilder("/usr/bin/python3", "-c", "import nbd")
                        .start()
                        .waitFor()
                == 0;
        assumeTrue(had, "python3 has no module nbd: skipped");
    }

    /** Runs to the end; its output. Fails the test if it fails. */
    static String run(String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("tool", ".out");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            boolean ended = process.waitFor(60, TimeUnit.SECONDS);
            if (!ended) {
                process.destroyForcibly();
            }
            String text = Files.readString(output);
            assertEquals(true, ended, String.join(" ", command) + " did not end: " + text);
            assertEquals(0, process.exitValue(), String.join(" ", command) + ": " + text);
            return text;
        } finally {
            Files.delete(output);
        }
    }
}
