package org.unplug.scsi.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.unplug.block.BlockStatus;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;

/**
 * libiscsi's conformance suite judges the device server, over the loopback. Skipped where it is not installed. It mostly sleeps, and
 * each test has a target of its own, so they run beside each other.
 */
@Execution(ExecutionMode.CONCURRENT)
class PeerTest {

    private static final String PEER = "iscsi-test-cu";
    private static final long BOUND_S = 240;
    private static final long BYTES = 128L << 20;
    private static final Pattern FAILED = Pattern.compile("Suite (\\w+), Test (\\S+) had failures");
    private static final Pattern SUMMARY = Pattern.compile("tests +(\\d+) +(\\d+) +(\\d+) +(\\d+)");

    /** What the peer expects and we do not do, each with its reason. */
    private static final List<String> KNOWN = List.of(
            // Up to its version 1.19 it counts to 256 blocks, of which the field of one byte is 0; no blocks are no
            // error (SBC-3, 5.3).
            "CompareAndWrite.Simple",
            "CompareAndWrite.Miscompare",
            // It has room for 16 bytes of usage data, and we have commands of 32.
            "ReportSupportedOpcodes.OneCommand",
            // It wants a unit that was stopped to be ready; it is not, until it is started (SBC-3, 5.25).
            "StartStopUnit.NoLoej");

    @TempDir
    Path folder;

    private static boolean isInstalled() {
        for (String folder : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
            if (Files.isExecutable(Path.of(folder, PEER))) {
                return true;
            }
        }
        return false;
    }

    private String judge(UnitSpec spec, String tests, String... more) throws Exception {
        return judge(spec, new RamBacking(BYTES), 1, tests, more);
    }

    /** @param paths how many sessions of its own the peer uses */
    private String judge(UnitSpec spec, Backing backing, int paths, String tests, String... more) throws Exception {
        assumeTrue(isInstalled(), "skipped: " + PEER + " (Debian: libiscsi-bin) is not installed");
        Path output = folder.resolve("output.txt");
        try (SystemClockwork clockwork = Clockwork.system("peer")) {
            Target target = new Target("iqn.2026-01.org.unplug:judged", work -> clockwork.execute("background", work));
            target.add(0, spec, backing);
            try (Portal portal = new Portal(target, clockwork)) {
                String url = "iscsi://127.0.0.1:" + portal.port() + "/" + target.name() + "/0";
                List<String> command = new ArrayList<>(List.of(PEER, "--dataloss", "--normal", "--test=" + tests));
                command.addAll(List.of(more));
                command.addAll(Collections.nCopies(paths, url));
                run(command, output);
            }
        }
        return Files.readString(output, StandardCharsets.ISO_8859_1);
    }

    private static void run(List<String> command, Path output) throws IOException, InterruptedException {
        Process peer = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertTrue(peer.waitFor(BOUND_S, TimeUnit.SECONDS), () -> PEER + " did not end in " + BOUND_S + " s");
        } finally {
            peer.destroyForcibly();
        }
    }

    private static void assertPassed(String what, String output, List<String> known) {
        TreeSet<String> failed = new TreeSet<>();
        for (Matcher one = FAILED.matcher(output); one.find(); ) {
            failed.add(one.group(1) + "." + one.group(2));
        }
        Matcher summary = SUMMARY.matcher(output);
        assertTrue(summary.find(), output);
        long skipped = output.lines().filter(line -> line.contains("[SKIPPED]")).count();
        System.out.println(PEER + " on a " + what + " unit: " + summary.group(3) + " of " + summary.group(2)
                + " passed, " + summary.group(4) + " failed " + failed + ", " + skipped + " lines of skipping");
        failed.removeAll(known);
        assertEquals(new TreeSet<>(), failed, output);
    }

    private static UnitSpec spec() {
        return UnitSpec.of("Unplug", "judged", "SN1", 0x3000_0000_0000_0001L).withBlocks(512, 0);
    }

    @Test
    void thinUnit_passesTheWholeSuite() throws Exception {
        assertPassed("thin", judge(spec().withThin(true), "ALL"), KNOWN);
    }

    @Test
    void writeProtectedUnit_passes() throws Exception {
        assertPassed("write protected", judge(spec().withReadOnly(true), "ALL.ReadOnly"), List.of());
    }

    @Test
    void unitWithLargePhysicalBlocks_passes() throws Exception {
        UnitSpec spec = spec().withThin(true).withBlocks(512, 3);
        assertPassed("512 byte in 4096 byte", judge(spec, "ALL.Write*"), KNOWN);
        assertPassed("512 byte in 4096 byte", judge(spec, "ALL.Unmap"), KNOWN);
    }

    @Test
    void unitOfBigBlocks_passes() throws Exception {
        assertPassed("4096 byte", judge(spec().withThin(true).withBlocks(4096, 0), "LINUX"), KNOWN);
    }

    @Test
    void removableUnit_passes() throws Exception {
        assertPassed("removable", judge(spec().withRemovable(true), "ALL.PreventAllow"), List.of());
        assertPassed("removable", judge(spec().withRemovable(true), "ALL.StartStopUnit"), KNOWN);
        assertPassed("removable", judge(spec().withRemovable(true), "ALL.NoMedia"), List.of());
    }

    @Test
    void unitOnTwoPaths_passes() throws Exception {
        String output = judge(spec().withThin(true), new RamBacking(BYTES), 2, "ALL.MultipathIO");
        assertPassed("two paths", output, List.of());
        assertFalse(output.contains("[SKIPPED]"), output);
    }

    @Test
    void sanitizedUnit_passes() throws Exception {
        // It looks three seconds after the start, when memory has long been overwritten.
        String quick = judge(spec().withThin(true), "ALL.Sanitize*", "--allow-sanitize");
        assertPassed("sanitized", quick, List.of("Sanitize.Reset"));
    }

    @Test
    void slowlySanitizedUnit_isNotReadyMeanwhile_alsoAfterAReset() throws Exception {
        try (SystemClockwork clockwork = Clockwork.system("unhurried")) {
            Unhurried backing = new Unhurried(clockwork);
            String reset = judge(spec().withThin(true), backing, 1, "ALL.Sanitize.Reset", "--allow-sanitize");
            assertPassed("slowly sanitized", reset, List.of());
        }
    }

    /** Memory that takes its time with large writes, ten seconds for all of it. */
    private static final class Unhurried implements Backing {
        private static final int LARGE_BYTES = 1 << 18;
        private static final long LATE_MS = 10_000 / (BYTES / LARGE_BYTES);

        private final RamBacking below = new RamBacking(BYTES);
        private final Clockwork clockwork;

        Unhurried(Clockwork clockwork) {
            this.clockwork = clockwork;
        }

        @Override
        public long bytes() {
            return below.bytes();
        }

        @Override
        public boolean asynchronous() {
            return true;
        }

        @Override
        public BlockStatus read(Io io) {
            return below.read(io);
        }

        @Override
        public BlockStatus write(Io io, boolean durable) {
            if (io.bytes() < LARGE_BYTES) {
                return below.write(io, durable);
            }
            clockwork.schedule(LATE_MS, () -> io.ended(below.write(io, durable)));
            return null;
        }

        @Override
        public BlockStatus sync(Io io) {
            return below.sync(io);
        }

        @Override
        public BlockStatus discard(Io io) {
            return below.discard(io);
        }

        @Override
        public void cutPower() {
            below.cutPower();
        }
    }
}
