package org.unplug.shell.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import org.jline.reader.CompletingParsedLine;
import org.jline.reader.Parser.ParseContext;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WordsTest {

    private static CompletingParsedLine parse(String line) {
        return assertInstanceOf(
                CompletingParsedLine.class, new Words().parse(line, line.length(), ParseContext.COMPLETE));
    }

    /** A name with two blanks ended the shell. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/mnt/card/plain",
                "/mnt/card/my dir/",
                "/mnt/card/a b  c",
                "/mnt/card/it's (1) & more; $5 #1.txt",
                "/mnt/card/[a]{b}~c=d!e,f+g",
                "/mnt/card/\u00fcber \u65e5\u672c"
            })
    void completedWord_isReadBackAsTheName(String name) {
        for (String typed : new String[] {"ls /mnt/card/", "ls ", "ls '/mnt/card/", "ls \"/mnt/card/"}) {
            boolean single = typed.indexOf('\'') >= 0;
            if (single && name.indexOf('\'') >= 0) {
                continue;
            }
            CompletingParsedLine before = parse(typed);
            String start = typed.substring(0, typed.length() - before.rawWordCursor());
            String line = start + before.escape(name, true);
            assertEquals(name, parse(line).word(), line);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ls /mnt/card/m", "ls '/mnt/card/m", "ls \"/mnt/card/m"})
    void wordThatGoesOn_canBeCompletedFurther(String typed) {
        CompletingParsedLine before = parse(typed);
        String start = typed.substring(0, typed.length() - before.rawWordCursor());
        String line = start + before.escape("/mnt/card/my dir/", false);
        CompletingParsedLine after = parse(line);
        assertEquals("/mnt/card/my dir/", after.word().substring(0, after.wordCursor()), line);
        String whole = line.substring(0, line.length() - after.rawWordCursor())
                + after.escape("/mnt/card/my dir/a file.txt", true);
        assertEquals("/mnt/card/my dir/a file.txt", parse(whole).word(), whole);
    }
}
