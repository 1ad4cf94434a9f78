package org.unplug.shell.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import org.apache.felix.gogo.runtime.SyntaxError;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Converter;
import org.unplug.shell.cli.Script.Join;
import org.unplug.shell.cli.Script.Step;

/**
 * Runs source texts in a session: shows what each command returns, and what failed as one line. Used by one thread.
 */
public final class Runner {

    /** Session variable that holds the last failure, for {@code $exception printStackTrace}. */
    static final String EXCEPTION = "exception";
    /** Session variable, a status: whoever sets it ends the session after the current step. */
    public static final String EXIT = ".unplug.exit";

    private final CommandSession session;
    private final PrintStream out;
    private final PrintStream err;
    private final boolean keepGoing;

    /** @param keepGoing at a console a failure ends neither the line nor the session */
    public Runner(CommandSession session, PrintStream out, PrintStream err, boolean keepGoing) {
        this.session = session;
        this.out = out;
        this.err = err;
        this.keepGoing = keepGoing;
    }

    /** The status that {@code exit} asked for, or null. */
    Integer exitStatus() {
        return session.get(EXIT) instanceof Integer status ? status : null;
    }

    /**
     * Runs a text.
     *
     * @param name what the text is, put before the line of a failure; empty for none
     * @param firstLine the number of the text's first line
     * @return 0, or the status of the first failure or of {@code exit}
     */
    public int run(String name, int firstLine, String source) {
        List<Step> steps;
        try {
            steps = Script.steps(source);
        } catch (SyntaxError e) {
            // The parser counts lines from 0.
            report(name, firstLine + e.line(), "syntax error: " + Diagnosis.of("", e));
            return 1;
        }
        int status = 0;
        Step failed = null;
        Throwable failure = null;
        for (Step step : steps) {
            if (step.join() == Join.ALWAYS && failure != null) {
                status = failed(name, firstLine, failed, failure);
                failure = null;
                if (!keepGoing) {
                    return status;
                }
            }
            if (step.join() == Join.IF_OK && failure != null || step.join() == Join.IF_FAILED && failure == null) {
                continue;
            }
            failure = execute(step);
            failed = step;
            if (exitStatus() != null) {
                break;
            }
        }
        if (failure != null) {
            status = failed(name, firstLine, failed, failure);
        }
        return exitStatus() != null ? exitStatus() : status;
    }

    /** Runs a stream line by line as it comes, until its end or the first failure; lines that belong together run together. */
    int runStream(String name, BufferedReader in) throws IOException {
        StringBuilder pending = new StringBuilder();
        int line = 0;
        int first = 1;
        for (String text = in.readLine(); text != null; text = in.readLine()) {
            line++;
            pending.append(text).append('\n');
            if (Script.isIncomplete(pending)) {
                continue;
            }
            int status = run(name, first, pending.toString());
            if (status != 0 || exitStatus() != null) {
                return status;
            }
            pending.setLength(0);
            first = line + 1;
        }
        return run(name, first, pending.toString());
    }

    private Throwable execute(Step step) {
        try {
            Object result = session.execute(step.text());
            if (result != null && !step.silent()) {
                CharSequence text = session.format(result, Converter.INSPECT);
                if (text != null && !text.isEmpty()) {
                    out.println(text);
                }
            }
            out.flush();
            return null;
        } catch (Exception e) {
            out.flush();
            return e;
        }
    }

    private int failed(String name, int firstLine, Step step, Throwable failure) {
        session.put(EXCEPTION, failure);
        report(name, firstLine + step.line() - 1, Diagnosis.of(step.command(), failure));
        return 1;
    }

    private void report(String name, int line, String text) {
        err.println(name.isEmpty() ? text : name + ":" + line + ": " + text);
        err.flush();
    }
}
