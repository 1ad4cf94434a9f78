package org.unplug.lab.internal.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.unplug.lab.internal.rig.Plan;

class OptionsTest {

    @Test
    void parse_nothing_takesDefaults() {
        Options options = Options.parse(List.of(), 5);
        assertEquals(new Plan(5, 100, false, 0), options.plan());
        assertTrue(options.out().endsWith(Path.of("target", "compare")));
        assertNull(options.protocols());
    }

    @Test
    void parse_everything_isTaken() {
        Options options = Options.parse(
                List.of(
                        "--seed",
                        "-3",
                        "--rounds",
                        "7",
                        "--shuffle",
                        "--soak",
                        "9",
                        "--out",
                        "/tmp/x",
                        "--protocols",
                        "/tmp/p"),
                5);
        assertEquals(new Options(new Plan(-3, 7, true, 9), Path.of("/tmp/x"), Path.of("/tmp/p")), options);
    }

    @Test
    void parse_unknownOption_isNamed() {
        assertTrue(complaint("--sed", "3").contains("no option --sed"));
    }

    @Test
    void parse_valueMissingOrWrong_isNamed() {
        assertEquals("--seed needs a value", complaint("--seed"));
        assertEquals("--rounds many: must be a number", complaint("--rounds", "many"));
        assertTrue(complaint("--soak", "0").startsWith("--soak 0: must be from 1"));
    }

    private static String complaint(String... arguments) {
        return assertThrows(IllegalArgumentException.class, () -> Options.parse(List.of(arguments), 1))
                .getMessage();
    }
}
