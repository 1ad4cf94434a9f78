package org.unplug.shell.cli;

import java.util.List;
import org.apache.felix.gogo.jline.Parser;
import org.jline.reader.CompletingParsedLine;
import org.jline.reader.ParsedLine;

/**
 * Gogo's parser of a line, but for how a completed word is written: what means something to the shell is escaped, or left as it is in
 * quotes. Gogo's own looks past the end of a name with two blanks, which ended the shell.
 */
final class Words extends Parser {
    private static final String SPECIAL = " \t;|&(){}[]<>$#'\"\\*?`";

    @Override
    public ParsedLine parse(String line, int cursor, ParseContext context) {
        ParsedLine parsed = super.parse(line, cursor, context);
        return parsed instanceof CompletingParsedLine completing ? new Line(completing) : parsed;
    }

    /**
     * As it has to be typed.
     *
     * @param raw what was typed of the word so far
     * @param complete whether the word ends here
     */
    static String escaped(String raw, CharSequence text, boolean complete) {
        char quote = raw.isEmpty() ? 0 : raw.charAt(0);
        boolean quoted = quote == '\'' || quote == '"';
        String special = !quoted ? SPECIAL : quote == '"' ? "$\"\\" : "";
        StringBuilder typed = new StringBuilder(quoted ? String.valueOf(quote) : "");
        text.chars().forEach(c -> {
            if (special.indexOf(c) >= 0) {
                typed.append('\\');
            }
            typed.append((char) c);
        });
        return quoted && complete ? typed.append(quote).toString() : typed.toString();
    }

    private record Line(CompletingParsedLine parsed) implements CompletingParsedLine {
        @Override
        public CharSequence escape(CharSequence candidate, boolean complete) {
            int start = Math.max(0, parsed.cursor() - parsed.rawWordCursor());
            int end = Math.min(parsed.line().length(), start + parsed.rawWordLength());
            return escaped(parsed.line().substring(Math.min(start, end), end), candidate, complete);
        }

        @Override
        public int rawWordCursor() {
            return parsed.rawWordCursor();
        }

        @Override
        public int rawWordLength() {
            return parsed.rawWordLength();
        }

        @Override
        public String word() {
            return parsed.word();
        }

        /** Gogo counts the quotes and backslashes of the line, which are not in the word. */
        @Override
        public int wordCursor() {
            return Math.min(parsed.wordCursor(), parsed.word().length());
        }

        @Override
        public int wordIndex() {
            return parsed.wordIndex();
        }

        @Override
        public List<String> words() {
            return parsed.words();
        }

        @Override
        public String line() {
            return parsed.line();
        }

        @Override
        public int cursor() {
            return parsed.cursor();
        }
    }
}
