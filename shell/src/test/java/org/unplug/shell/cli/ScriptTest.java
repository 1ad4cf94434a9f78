package org.unplug.shell.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.apache.felix.gogo.runtime.SyntaxError;
import org.junit.jupiter.api.Test;
import org.unplug.shell.cli.Script.Join;
import org.unplug.shell.cli.Script.Step;

class ScriptTest {

    @Test
    void steps_knowTheirLine_pastCommentsBlocksAndBlankLines() {
        List<Step> steps = Script.steps("# a comment\n\nlsblk\neach [1 2] {\n  echo $it\n}\n  eject sda; lsblk\n");
        assertEquals(List.of(3, 4, 7, 7), steps.stream().map(Step::line).toList());
        assertEquals(
                List.of("lsblk", "each", "eject", "lsblk"),
                steps.stream().map(Step::command).toList());
    }

    @Test
    void steps_ofAPipeline_areOne() {
        List<Step> steps = Script.steps("lsblk | grep mmc");
        assertEquals(1, steps.size());
        assertEquals("lsblk | grep mmc", steps.get(0).text());
    }

    @Test
    void steps_rememberHowTheyFollow() {
        assertEquals(
                List.of(Join.ALWAYS, Join.IF_OK, Join.IF_FAILED, Join.ALWAYS),
                Script.steps("a && b || c; d").stream().map(Step::join).toList());
    }

    @Test
    void step_inTheBackground_keepsItsAmpersand() {
        List<Step> steps = Script.steps("sleep 1 & lsblk");
        assertEquals(
                List.of("sleep 1 &", "lsblk"), steps.stream().map(Step::text).toList());
        assertTrue(steps.get(0).silent());
    }

    @Test
    void assignment_isSilent() {
        assertTrue(Script.steps("x = 3").get(0).silent());
        assertFalse(Script.steps("echo 3").get(0).silent());
    }

    @Test
    void incomplete_isABlockOrQuotationThatGoesOn_notAnError() {
        assertTrue(Script.isIncomplete("each [1 2] {\n"));
        assertTrue(Script.isIncomplete("echo 'a\n"));
        assertFalse(Script.isIncomplete("echo a\n"));
        assertFalse(Script.isIncomplete("echo a }\n"));
        assertThrows(SyntaxError.class, () -> Script.steps("echo a }\n"));
    }
}
