package org.unplug.fs.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The programs of dosfstools and mtools, where they are installed. */
final class Peers {
    private static final List<String> PLACES = List.of("/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/bin");

    /** What a program said. */
    record Outcome(int exit, String output) {}

    private Peers() {}

    private static Path find(String program) {
        return PLACES.stream()
                .map(place -> Path.of(place, program))
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
    }

    static boolean has(String program) {
        return find(program) != null;
    }

    /** Skips the test, saying why, where a program is not installed. */
    static void need(String... programs) {
        for (String program : programs) {
            assumeTrue(
                    has(program), "skipped: " + program + " is not installed (Debian: dosfstools, mtools, exfatprogs)");
        }
    }

    static Outcome run(String program, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(find(program).toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("MTOOLS_SKIP_CHECK", "1");
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.environment().put("TZ", "UTC");
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroy();
                throw new IOException(command + " did not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(command + " was interrupted", e);
        }
        return new Outcome(process.exitValue(), output);
    }

    static String must(String program, String... arguments) throws IOException {
        Outcome outcome = run(program, arguments);
        assertEquals(0, outcome.exit(), program + " said: " + outcome.output());
        return outcome.output();
    }

    /** Asserts that fsck.fat or fsck.exfat finds nothing, where it is installed. */
    static void check(FakeDisk disk, String context) throws IOException {
        boolean exfat = isExfat(disk.bytes);
        String fsck = exfat ? "fsck.exfat" : "fsck.fat";
        if (!has(fsck)) {
            return;
        }
        Path image = Files.createTempFile("unplug", ".img");
        try {
            Files.write(image, disk.bytes);
            Outcome outcome = run(fsck, "-n", "-v", image.toString());
            assertEquals(0, outcome.exit(), context + ": " + fsck + " said: " + outcome.output());
        } finally {
            Files.delete(image);
        }
    }

    static boolean isExfat(byte[] image) {
        return new String(image, 3, 5, StandardCharsets.US_ASCII).equals("EXFAT");
    }
}
