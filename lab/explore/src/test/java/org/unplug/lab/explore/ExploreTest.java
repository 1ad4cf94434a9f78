package org.unplug.lab.explore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
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

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--scene|raw/yank",
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
