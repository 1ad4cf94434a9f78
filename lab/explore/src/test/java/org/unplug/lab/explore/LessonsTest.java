package org.unplug.lab.explore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The commands in docs/lab/lessons.md print what is written there, but for numbers that any change of the code changes. */
@Timeout(300)
class LessonsTest {

    private static final Path LESSONS = Path.of("..", "..", "docs", "lab", "lessons.md");
    private static final Pattern CONSOLE = Pattern.compile("(?ms)^```console\n(.*?)^```$");
    private static final Pattern COMMAND = Pattern.compile("\\$ ./unplug explore (.*?)(?: \\| tail -(\\d+))?");

    /** What is typed, without the program's name, and what it prints. */
    record Typed(String arguments, int last, List<String> printed) {

        @Override
        public String toString() {
            return arguments;
        }
    }

    static Stream<Typed> lessons() throws IOException {
        List<Typed> all = new ArrayList<>();
        Matcher console = CONSOLE.matcher(Files.readString(LESSONS));
        while (console.find()) {
            for (String line : console.group(1).split("\n", -1)) {
                Matcher command = COMMAND.matcher(line);
                if (command.matches()) {
                    int last = command.group(2) == null ? Integer.MAX_VALUE : Integer.parseInt(command.group(2));
                    all.add(new Typed(command.group(1), last, new ArrayList<>()));
                } else if (!line.isEmpty()) {
                    all.get(all.size() - 1).printed().add(line);
                }
            }
        }
        return all.stream();
    }

    @Test
    void thereAreFiveLessons_andEachHasCommands() throws IOException {
        String[] lessons = Files.readString(LESSONS).split("(?m)^## ", -1);
        assertEquals(6, lessons.length);
        for (int i = 1; i < lessons.length; i++) {
            assertTrue(CONSOLE.matcher(lessons[i]).find(), lessons[i]);
        }
    }

    private static List<String> withoutFigures(List<String> lines) {
        return lines.stream()
                .map(line -> line.replaceAll("[\\d,]+(?= (steps|of|instants|executions|distinct|states|s )\\b)", "N")
                        .replaceAll("in [\\d,]+ s \\(.* a second\\)", "in N s")
                        .replaceAll("@\\d+", "@N")
                        .replaceAll(" +", " "))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("lessons")
    void command_printsWhatIsWritten(Typed typed) {
        StringWriter out = new StringWriter();
        StringWriter errors = new StringWriter();
        String[] words = typed.arguments().replace("'", "").split(" ", -1);
        Explore.run(new PrintWriter(out, true), new PrintWriter(errors, true), words);
        assertEquals("", errors.toString());
        List<String> printed = out.toString().lines().toList();
        int from = Math.max(0, printed.size() - typed.last());
        assertEquals(withoutFigures(typed.printed()), withoutFigures(printed.subList(from, printed.size())));
    }
}
