package org.unplug.lab.explore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is typed, and what comes of it. */
class ExploreTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter errors = new StringWriter();

    private int explore(String... arguments) {
        out.getBuffer().setLength(0);
        return Explore.run(new PrintWriter(out, true), new PrintWriter(errors, true), arguments);
    }

    @Test
    void sceneThatHolds_isTold_withWhatWasTried() {
        assertEquals(0, explore("--scene", "raw/yank/none", "--minutes", "0.02"), out.toString() + errors);
        assertTrue(out.toString().contains("No violation in the schedules that were tried"), out.toString());
        assertEquals("", errors.toString());
    }

    @Test
    void seededBug_isFound_andItsScheduleBreaksTheSameLineTwice() {
        assertEquals(1, explore("--bug", "gate-no-kill", "--minutes", "1"), out.toString() + errors);
        Matcher again = Pattern.compile("again: ./unplug explore --bug gate-no-kill --replay '(.+)'")
                .matcher(out.toString());
        assertTrue(again.find(), out.toString());
        String schedule = again.group(1);
        assertEquals(1, explore("--bug", "gate-no-kill", "--replay", schedule));
        String first = out.toString();
        assertTrue(first.contains("R1 "), first);
        assertEquals(1, explore("--bug", "gate-no-kill", "--replay", schedule));
        assertEquals(first, out.toString());
        assertEquals(0, explore("--replay", schedule), "without the bug nothing is broken");
    }

    @Test
    void shapeAndKind_chooseScenes() {
        assertEquals(0, explore("--shape", "nbd", "--kind", "eject", "--minutes", "0.05"), out.toString() + errors);
        List<String> told = out.toString().lines().toList();
        assertTrue(told.get(0).startsWith("nbd/eject/none "), out.toString());
        assertTrue(told.get(1).startsWith("nbd/eject/deadline "), out.toString());
        assertTrue(told.get(2).startsWith("nbd/eject/fair "), out.toString());
        assertTrue(told.get(3).contains(" executions, "), out.toString());
    }

    @Test
    void whatIsTheFrameworksDoing_isSaid_withWhereItIsShown() {
        assertEquals(2, explore("--kind", "refresh"));
        assertTrue(errors.toString().contains("RefreshIT"), errors.toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--scene|raw/yank",
                "--shape|round",
                "--kind|twist",
                "--kind|uninstall",
                "--scene|raw/refresh/none",
                "--scene|raw/yank/none|--kind|yank",
                "--minutes|0",
                "--minutes|long",
                "--replay|raw@x",
                "--replay|nothing/yank/none@1",
                "--bug|none",
                "--what"
            })
    void argumentsThatMakeNoSense_areOneLine(String arguments) {
        assertEquals(2, explore(arguments.split("\\|", -1)));
        assertEquals(1, errors.toString().lines().count(), errors.toString());
        assertTrue(errors.toString().startsWith("unplug explore: "), errors.toString());
    }
}
