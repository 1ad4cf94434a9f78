package org.unplug.lab.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds in every reachable state of the model, within its bounds; and that the model can tell. */
class RemovalModelTest {

    private static final Path PICTURE = Path.of("../../docs/lab/model.md");
    private static final String USE_AFTER_RELEASE = "assertion violated  !(queueReleased)";

    @TempDir
    Path folder;

    @BeforeAll
    static void needsSpin() {
        assumeTrue(Spin.isThere(), "skipped: spin and gcc are not installed here (Debian: spin, gcc)");
    }

    @Test
    void ours_twoHoldersTwoRequests_breaksNoLine() throws IOException {
        Spin.Result result = new Spin(folder, "-DPROTOCOL=OURS", "-DCHECK_QUIET").safety();
        assertEquals("", result.error(), result.output());
        assertTrue(result.states() > 100_000, result.output());
    }

    @ParameterizedTest
    @ValueSource(strings = {"returns", "nothingLeft"})
    void ours_withADriverThatMayNeverComplete_comesToItsEnd(String claim) throws IOException {
        Spin.Result result = new Spin(folder, "-DPROTOCOL=OURS", "-DREQUESTS=1").liveness(claim);
        assertEquals("", result.error(), result.output());
    }

    @Test
    void mmc2628_usesAReleasedQueue() throws IOException {
        assertEquals(
                USE_AFTER_RELEASE, new Spin(folder, "-DPROTOCOL=M28").safety().error());
    }

    @ParameterizedTest
    @ValueSource(strings = {"COUNTED", "SCSI"})
    void countingAlone_releasesInTimeButReturnsWithRequestsInTheDriver(String protocol) throws IOException {
        assertEquals("", new Spin(folder, "-DPROTOCOL=" + protocol).safety().error());
        assertTrue(new Spin(folder, "-DPROTOCOL=" + protocol, "-DCHECK_QUIET")
                .safety()
                .error()
                .startsWith("assertion violated (tag[i]!="));
    }

    /** Each breaks one rule of the protocol; the model has to notice, else what it says of ours is worth nothing. */
    @ParameterizedTest
    @CsvSource({
        "MISSED_GET, assertion violated",
        "GET_AFTER_ZERO, assertion violated",
        "LOOK_THEN_COUNT, invalid end state",
        "ENDS_TWICE, assertion violated",
        "NO_CALLS_GATE, assertion violated",
        "DRAIN_BEFORE_REFUSE, invalid end state",
        "NO_DRAIN, invalid end state",
        "PUT_TWICE, assertion violated"
    })
    void mutantOfSafety_isFound(String mutant, String how) throws IOException {
        Spin.Result result = new Spin(folder, "-DPROTOCOL=OURS", "-DMUTANT_" + mutant).safety();
        assertTrue(result.error().startsWith(how), result.output());
    }

    @Test
    void mutantOfLiveness_isFound() throws IOException {
        Spin.Result result =
                new Spin(folder, "-DPROTOCOL=OURS", "-DREQUESTS=1", "-DMUTANT_NO_DEADLINE").liveness("returns");
        assertEquals("acceptance cycle", result.error(), result.output());
    }

    /** The picture in the documentation is what Spin finds, and not what somebody once drew. */
    @Test
    void pictureInTheDocs_isTheShortestCounterexample() throws IOException {
        Spin spin = new Spin(folder, "-DPROTOCOL=M28", "-DSUBMITTERS=1", "-DREQUESTS=1");
        assertFalse(spin.safety().error().isEmpty());
        String picture = picture(spin.trail());
        assertTrue(Files.readString(PICTURE).contains(picture), "docs/lab/model.md should have:\n" + picture);
    }

    private static String picture(List<String> trail) {
        StringBuilder text = new StringBuilder("```mermaid\nsequenceDiagram\n");
        text.append("    participant submitter\n    participant queue\n    participant remover\n");
        for (String step : trail) {
            String who = step.substring(0, step.indexOf(':'));
            String what = step.substring(step.indexOf(':') + 2).strip();
            boolean uses = who.equals("submitter") && what.equals("assert(!(queueReleased))");
            if (uses) {
                text.append("    submitter-x queue: useQueue, and it is released\n");
            } else if (what.contains(" = ") && !what.startsWith("i ") && !what.startsWith("passed")) {
                text.append("    ")
                        .append(who)
                        .append("->>queue: ")
                        .append(what)
                        .append('\n');
            }
        }
        return text.append("```\n").toString();
    }
}
