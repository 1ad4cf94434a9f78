package org.unplug.shell.cli;

import java.util.ArrayList;
import java.util.List;
import org.apache.felix.gogo.runtime.EOFError;
import org.apache.felix.gogo.runtime.Parser;
import org.apache.felix.gogo.runtime.Parser.Executable;
import org.apache.felix.gogo.runtime.Parser.Operator;
import org.apache.felix.gogo.runtime.Parser.Statement;
import org.apache.felix.gogo.runtime.SyntaxError;
import org.apache.felix.gogo.runtime.Token;

/**
 * A source text as steps that are run one by one. Gogo itself runs a text as a whole, shows the last result only and has no
 * line for what failed; a script here shows every result and stops at the line of the first failure.
 */
final class Script {

    /** When a step runs, seen from the one before. */
    enum Join {
        ALWAYS,
        IF_OK,
        IF_FAILED
    }

    /**
     * One pipeline or statement.
     *
     * @param line in the source, from 1
     * @param text as written
     * @param join how it follows the step before
     * @param silent an assignment, whose value is not shown
     */
    record Step(int line, String text, Join join, boolean silent) {

        /** The command's name, for the diagnosis. */
        String command() {
            return firstWord(text);
        }
    }

    private Script() {}

    /**
     * Splits a source text.
     *
     * @throws SyntaxError with line and column; an {@link EOFError} if more text could complete it
     */
    static List<Step> steps(CharSequence source) {
        List<Step> steps = new ArrayList<>();
        Join join = Join.ALWAYS;
        int last = -1;
        for (Executable token : new Parser(source).program().tokens()) {
            if (token instanceof Operator) {
                if (Token.eq("&", token) && last >= 0) {
                    Step step = steps.get(last);
                    steps.set(last, new Step(step.line(), step.text() + " &", step.join(), true));
                }
                join = Token.eq("&&", token) ? Join.IF_OK : Token.eq("||", token) ? Join.IF_FAILED : Join.ALWAYS;
            } else if (!token.toString().isBlank()) {
                last = steps.size();
                steps.add(
                        new Step(lineOf(source, token.start()), token.toString().strip(), join, isAssignment(token)));
            }
        }
        return steps;
    }

    static String firstWord(CharSequence text) {
        return text.toString().strip().split("[\\s|;&]+", 2)[0];
    }

    /** Whether the text ends inside a quotation, a block or a continued line. */
    static boolean isIncomplete(CharSequence source) {
        try {
            new Parser(source).program();
            return false;
        } catch (EOFError e) {
            return true;
        } catch (SyntaxError e) {
            return false;
        }
    }

    /** Counted from the text: the parser's own count starts anew in some places. */
    private static int lineOf(CharSequence source, int offset) {
        return 1 + (int) source.chars().limit(offset).filter(c -> c == '\n').count();
    }

    private static boolean isAssignment(Executable token) {
        return token instanceof Statement statement
                && statement.tokens().size() >= 2
                && Token.eq("=", statement.tokens().get(1));
    }
}
