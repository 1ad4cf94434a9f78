package org.unplug.lab.internal.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.unplug.lab.internal.contract.Course;
import org.unplug.lab.internal.contract.Figures;
import org.unplug.lab.internal.contract.Findings;
import org.unplug.lab.internal.contract.Line;
import org.unplug.lab.internal.contract.Moment;
import org.unplug.lab.internal.contract.Scenario;
import org.unplug.lab.internal.contract.Verdict;
import org.unplug.lab.internal.load.Pulse;

class ReportTest {

    private static final long MS = 1_000_000;
    private static final int COLUMNS = 120;
    private static final Protocols PAST =
            new Protocols("<section id=\"past\"></section>\n", "## The past\n", "{\"past\": 1}");

    private static Findings findings(Verdict r7) {
        List<Course> courses = new ArrayList<>();
        for (String side : List.of("MMC", "SCSI")) {
            for (Scenario scenario :
                    List.of(Scenario.STOP, Scenario.YANK, Scenario.EJECT, Scenario.AGAIN, Scenario.RAPID)) {
                courses.add(course(side, scenario, r7));
            }
        }
        return new Findings(
                42, "./unplug compare --seed 42", Map.of("JDK", "17 <x>"), List.of("A note."), courses, 12.3);
    }

    private static Course course(String side, Scenario scenario, Verdict r7) {
        Map<Line, Verdict> verdicts = new EnumMap<>(Line.class);
        for (Line line : Line.values()) {
            verdicts.put(line, Verdict.holds("seen \"so\" & <so>"));
        }
        verdicts.put(Line.R7, r7);
        verdicts.put(Line.R12, Verdict.notObserved("dark"));
        Figures figures = new Figures();
        figures.returnNanos().add(12 * MS);
        figures.drainNanos().add(3 * MS);
        figures.gone().add(44L);
        List<Moment> moments = List.of(
                new Moment(Moment.Where.DRIVER, 0, "Bundle.stop() called"),
                new Moment(Moment.Where.HOLDERS, 5 * MS, "told"));
        List<Pulse.Beat> beats = List.of(new Pulse.Beat(0, 3, 4, 0, MS), new Pulse.Beat(5 * MS, 0, 0, 0, 0));
        return new Course(side, scenario, verdicts, figures, moments, new Course.Trace(MS, 3 * MS, beats, beats));
    }

    @Test
    void table_fitsTheTerminal() {
        TextTable.of(findings(Verdict.broken("a very long story ".repeat(30))), false)
                .lines()
                .forEach(line -> assertTrue(line.length() <= COLUMNS, line));
    }

    @Test
    void table_brokenLine_saysWhatWasObserved() {
        String table = TextTable.of(findings(Verdict.broken("sector 9 is astray")), false);
        assertTrue(table.contains("BROKEN R7 Nothing elsewhere, MMC stop: sector 9 is astray"), table);
        assertTrue(table.contains("10 lines are broken"), table);
    }

    @Test
    void table_nothingBroken_saysSoAndTellsWhatWasNotObserved() {
        String table = TextTable.of(findings(Verdict.holds("fine")), false);
        assertFalse(table.contains("BROKEN"), table);
        assertTrue(table.contains("Every line that was observed holds"), table);
        assertTrue(table.contains("R12 stop, R12 yank, R12 eject, R12 again, R12 rapid: dark"), table);
    }

    @Test
    void page_needsNothingElse() throws IOException {
        String page = HtmlPage.of(findings(Verdict.holds("fine")), PAST);
        assertFalse(page.contains("http"), "a reference to elsewhere");
        assertFalse(page.contains("src="), "a reference to elsewhere");
        assertTrue(page.contains("prefers-color-scheme: dark"));
        assertTrue(page.contains("Nothing broke."));
        assertTrue(page.contains("<svg class=\"timeline\""));
        assertTrue(page.contains("<svg class=\"plot\""));
    }

    @Test
    void page_textIsEscaped() throws IOException {
        String page = HtmlPage.of(findings(Verdict.broken("<script>")), PAST);
        assertFalse(page.contains("<script>"));
        assertTrue(page.contains("&lt;script&gt;"));
        assertTrue(page.contains("17 &lt;x&gt;"));
    }

    @Test
    void page_tagsAreBalanced() throws IOException {
        String page = HtmlPage.of(findings(Verdict.broken("bad")), PAST);
        for (String tag : List.of("section", "table", "tr", "td", "svg", "figure", "details", "ul", "div")) {
            assertEquals(count(page, "<" + tag + "[ >]"), count(page, "</" + tag + ">"), tag);
        }
    }

    private static long count(String text, String pattern) {
        return java.util.regex.Pattern.compile(pattern).matcher(text).results().count();
    }

    @Test
    void whatTheExplorerFound_isInEach() throws IOException {
        Findings findings = findings(Verdict.holds("fine"));
        assertTrue(HtmlPage.of(findings, PAST).contains("<section id=\"past\">"));
        assertTrue(MarkdownFile.of(findings, PAST).contains("\n## The past\n"));
        assertTrue(JsonFile.of(findings, PAST).contains("\"protocols\": {\"past\": 1}"));
        assertTrue(JsonFile.of(findings, Protocols.NONE).contains("\"protocols\": null"));
    }

    @Test
    void markdown_everyTableRowHasAsManyCells() {
        String text = MarkdownFile.of(findings(Verdict.broken("a | b")), PAST);
        assertTrue(text.contains("**broken**"), text);
        assertTrue(text.contains("R7 Nothing elsewhere**, MMC stop: a | b"), text);
        text.lines()
                .filter(line -> line.startsWith("|"))
                .forEach(line -> assertEquals(11, count(line, "\\|") - 1, line));
    }

    @Test
    void stacksThatDiffer_areNamedByLineAndScenario() {
        Findings same = findings(Verdict.holds("fine"));
        assertTrue(Beside.of(same).get(0).contains("the same verdict on every line"));
        List<Course> courses = new ArrayList<>(same.courses());
        courses.set(0, course("MMC", Scenario.STOP, Verdict.broken("astray")));
        Findings differ = new Findings(1, "", Map.of(), List.of(), courses, 1);
        assertEquals(
                "MMC and SCSI have different verdicts on R7 stop.",
                Beside.of(differ).get(0));
    }

    @Test
    void json_isWellFormedAndCarriesTheVerdicts() {
        String json = JsonFile.of(findings(Verdict.broken("bad \"one\"\n")), PAST);
        assertTrue(json.startsWith("{\n  \"broken\": true,\n  \"seed\": 42,"), json);
        assertTrue(json.contains("\"bad \\\"one\\\"\\n\""), json);
        assertEquals(count(json, "\\{"), count(json, "\\}"));
        assertEquals(count(json, "\\["), count(json, "\\]"));
    }
}
