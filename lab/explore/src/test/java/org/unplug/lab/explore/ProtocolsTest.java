package org.unplug.lab.explore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.unplug.lab.explore.engine.Account;
import org.unplug.lab.explore.engine.Execution;
import org.unplug.lab.explore.engine.Schedule;
import org.unplug.lab.explore.engine.Search;
import org.unplug.lab.explore.engine.States;
import org.unplug.lab.explore.engine.WeavingLoader;
import org.unplug.lab.explore.matrix.Cell;
import org.unplug.lab.explore.matrix.Matrix;
import org.unplug.lab.explore.matrix.Protocol;
import org.unplug.lab.explore.matrix.Survey;
import org.unplug.lab.explore.report.Document;
import org.unplug.lab.explore.report.MatrixHtml;
import org.unplug.lab.explore.report.MatrixJson;
import org.unplug.lab.explore.report.MatrixMarkdown;
import org.unplug.lab.internal.contract.Line;

/** One survey of all protocols, and everything that is made from it. */
@Timeout(300)
class ProtocolsTest {

    private static final Path DOCUMENT = Path.of("..", "..", "docs", "removal.md");
    private static final String AGAIN =
            " is not as the survey makes it; again: ./unplug explore --protocols target/protocols --docs docs/removal.md";

    private static Matrix matrix;

    @BeforeAll
    static void surveyed() {
        matrix = new Survey(1, protocol -> {}).run();
    }

    /** How often is another number after any change of the code; whether at all, and what was seen, is not. */
    private static String withoutFigures(String text) {
        return text.replaceAll("(?m)^Again: .*$|^    (?!p\\d+-x).*$", "")
                .replaceAll("p\\d+-xp\\d+", "fails")
                .replaceAll("[\\d,]+ (of [\\d,]+ executions|ms)", "N $1")
                .replaceAll("of [\\d,]+ executions", "of N executions")
                .replaceAll("(sector|reads?|writes?) \\d+", "$1 N")
                .replaceAll("\n{2,}", "\n");
    }

    @Test
    void document_isWhatTheSurveyMakes_butForFigures() throws IOException {
        String document = Files.readString(DOCUMENT);
        for (Map.Entry<String, String> part : Document.parts(matrix).entrySet()) {
            assertEquals(
                    withoutFigures(part.getValue()),
                    withoutFigures(Document.part(document, part.getKey())),
                    () -> DOCUMENT + ", part '" + part.getKey() + "'" + AGAIN);
        }
    }

    private static boolean isBroken(String protocol, Line line) {
        return matrix.row(protocol).cell(line).outcome() == Cell.Outcome.BROKEN;
    }

    @Test
    void ours_promisesEveryLine_andEachIsJudgedAndHolds() {
        for (Line line : Line.values()) {
            Cell cell = matrix.row("ours").cell(line);
            assertEquals(Cell.Outcome.HOLDS, cell.outcome(), () -> line + ": " + cell);
        }
        assertFalse(matrix.oursIsBroken());
    }

    @Test
    void everyEra_breaksOrLacksWhatItIsKnownFor() {
        assertTrue(isBroken("mmc-2.6.28", Line.R2), "requests in the plugged elevator are lost");
        assertTrue(isBroken("mmc-2.6.28", Line.R5), "the queue is freed under whoever has the disk open");
        assertTrue(isBroken("mmc-2.6.28", Line.R9), "a mounted file system oopses");
        assertTrue(isBroken("mmc-2.6.28-patched", Line.R5), "the elevator is freed under a submitter");
        assertFalse(isBroken("mmc-2.6.28-patched", Line.R9));
        assertTrue(isBroken("mmc-2.6.32", Line.R5), "an open reads freed data");
        assertFalse(isBroken("mmc-2.6.32", Line.R2));
        assertTrue(isBroken("scsi-2.6.28", Line.R3), "it returns with the driver at work");
        assertFalse(isBroken("scsi-2.6.28", Line.R5));
        assertTrue(isBroken("scsi-3.1-rc", Line.R9), "umount oopses");
        assertTrue(isBroken("partition-2013", Line.R7), "a write lands over the partition table");
        assertTrue(isBroken("scsi-7.0", Line.R8), "dirty pages are rejected");
        assertFalse(isBroken("mmc-7.0", Line.R8));
        assertEquals(Account.NEVER, matrix.row("mmc-7.0").stuckMs(), "nothing has a deadline");
        assertFalse(matrix.row("blueprint").cell(Line.R7).isKept(), "it goes on with another disk");
        assertFalse(matrix.row("plain-osgi").cell(Line.R5).isKept(), "the destroyed driver is used");
    }

    /** A finding of an era that is none of a line would be the laboratory's own fault. */
    @Test
    void nothingElse_wentWrong() {
        matrix.rows()
                .forEach(row ->
                        assertEquals(List.of(), row.other(), row.protocol().title()));
    }

    @Test
    void everyBrokenCell_isPlayedAgainFromItsSchedule_twiceTheSame() {
        WeavingLoader classes = new WeavingLoader(null);
        for (Matrix.Row row : matrix.rows()) {
            for (Line line : Line.values()) {
                Cell cell = row.cell(line);
                if (cell.outcome() == Cell.Outcome.BROKEN) {
                    Schedule typed = Schedule.parse(cell.shortest().schedule().toString());
                    Execution.of(classes, typed, new States(), false);
                    Execution first = Execution.of(classes, typed, new States(), true);
                    assertTrue(first.account().breaks(line.name()), () -> typed + ": " + first.broken());
                    assertEquals(first, Execution.of(classes, typed, new States(), true));
                }
            }
        }
    }

    private static long strays(String scene) {
        return new Search(new WeavingLoader(null), scene, new States())
                .sample(Survey.INSTANTS, Survey.AT_NAMES, 3 * Survey.AT_RANDOM, 1).stream()
                        .filter(execution -> execution.broken().stream()
                                .anyMatch(text ->
                                        text.matches("R7 what was written to sector \\d+ lands on sector \\d+")))
                        .count();
    }

    @Test
    void writeToAPartitionThatGoes_landsAtTheBeginningOfTheDiskIn2013_andNeverInOurs() {
        assertTrue(strays("part/eject/partition-2013") > 0);
        assertEquals(0, strays("part/eject/none"));
        assertEquals(0, matrix.row("ours").cell(Line.R7).broken());
    }

    @Test
    void everyPromise_hasASource_andEveryOtherLineAReason() {
        for (Protocol protocol : Protocol.all()) {
            protocol.promises().forEach((line, promise) -> {
                assertFalse(promise.words().isBlank(), protocol.id() + " " + line);
                assertEquals(promise.made(), !promise.source().isBlank(), protocol.id() + " " + line);
            });
            assertEquals(Line.values().length, protocol.promises().size(), protocol.id());
        }
    }

    @Test
    void page_needsNothingElse_andItsTagsAreBalanced() throws IOException {
        String page = MatrixHtml.of(matrix);
        assertFalse(page.contains("http"), "a reference to elsewhere");
        assertFalse(page.contains("src="), "a reference to elsewhere");
        for (String tag : List.of("section", "table", "tr", "td", "svg", "figure", "details", "ul", "div", "text")) {
            assertEquals(count(page, "<" + tag + "[ >]"), count(page, "</" + tag + ">"), tag);
        }
        long broken = matrix.rows().stream()
                .flatMap(row -> row.cells().values().stream())
                .filter(cell -> cell.outcome() == Cell.Outcome.BROKEN)
                .count();
        assertEquals(broken, count(page, "<svg class=\"sequence\""), "a drawing for each broken cell");
    }

    @Test
    void textAndData_haveEveryProtocol() {
        String text = new MatrixMarkdown(matrix).whole();
        String data = MatrixJson.of(matrix);
        for (Protocol protocol : Protocol.all()) {
            assertTrue(text.contains("| " + protocol.title() + " |"), protocol.title());
            assertTrue(data.contains("\"protocol\": \"" + protocol.shown() + "\""), protocol.shown());
        }
        assertEquals(count(data, "\\{"), count(data, "\\}"));
        assertEquals(count(text, "```mermaid\n"), count(text, "\n```\n"));
    }

    private static long count(String text, String pattern) {
        return Pattern.compile(pattern).matcher(text).results().count();
    }

    @Test
    void documentWithoutItsParts_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> Document.with("# Removal\n", matrix));
    }
}
