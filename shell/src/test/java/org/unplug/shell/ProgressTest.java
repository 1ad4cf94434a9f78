package org.unplug.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ProgressTest {

    private final ByteArrayOutputStream screen = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(screen, true, StandardCharsets.UTF_8);

    @Test
    void bar_showsPartAndRate() {
        Progress progress = Progress.on(out, "a.img", 4 << 20);
        assertEquals("a.img [###############...............]  50% 2.0 MiB/s", progress.bar(2 << 20, 1_000_000_000));
    }

    @Test
    void bar_ofUnknownTotal_showsWhatIsDone() {
        assertEquals("stdin 3.0 MiB, 1.5 MiB/s", Progress.on(out, "stdin", 0).bar(3 << 20, 2_000_000_000));
    }

    @Test
    void close_ofABarThatWasNeverDrawn_printsNothing() {
        Progress.on(out, "a", 1).close();
        assertEquals("", screen.toString(StandardCharsets.UTF_8));
    }
}
