package org.unplug.shell.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.unplug.shell.cli.Invocation.Mode;

class InvocationTest {

    @Test
    void nothing_isAConsole() {
        assertEquals(Mode.CONSOLE, Invocation.parse(List.of()).mode());
    }

    @Test
    void run_takesAFileAndItsArguments() {
        assertEquals(
                new Invocation(Mode.RUN, "a.unplug", List.of("x", "y"), true),
                Invocation.parse(List.of("run", "-x", "a.unplug", "x", "y")));
    }

    @Test
    void compare_keepsItsArgumentsAsTheyAre() {
        assertEquals(
                new Invocation(Mode.CALL, "lab:compare", List.of("--seed", "$x y"), false),
                Invocation.parse(List.of("compare", "--seed", "$x y")));
    }

    @Test
    void nonsense_saysWhatIsWrong() {
        assertEquals("bogus: no such subcommand", wrong("bogus"));
        assertEquals("run: which file?", wrong("run"));
        assertEquals("-c: takes one argument, the commands", wrong("-c"));
        assertEquals("-c: takes one argument, the commands", wrong("-c", "a", "b"));
    }

    private static String wrong(String... arguments) {
        return assertThrows(IllegalArgumentException.class, () -> Invocation.parse(List.of(arguments)))
                .getMessage();
    }
}
