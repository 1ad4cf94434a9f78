package org.unplug.shell.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.apache.felix.gogo.jline.Expander;
import org.apache.felix.gogo.jline.Highlighter;
import org.apache.felix.gogo.jline.Shell;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Job;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.osgi.framework.BundleContext;
import org.unplug.shell.Interruption;
import org.unplug.shell.Progress;

/**
 * The interactive shell: line editing, history, completion and highlighting. Ctrl-C stops the command that runs, Ctrl-D ends.
 */
final class Console {

    private static final String PROMPT = "unplug> ";

    /** A single command, none inside it or piped to it, of those that only wait or filter. */
    private static final Pattern HARMLESS =
            Pattern.compile("\\s*(?:gogo:)?(?:sleep|grep|sort|head|tail|wc|less)(?:\\s[^|;&{}()$]*)?");

    private final BundleContext context;
    private final CommandProcessor processor;
    private final Consumer<CommandSession> prepare;

    Console(BundleContext context, CommandProcessor processor, Consumer<CommandSession> prepare) {
        this.context = context;
        this.processor = processor;
        this.prepare = prepare;
    }

    /** Until {@code exit}, Ctrl-D or the stop of the framework; the status is that of {@code exit}, else 0. */
    int run() throws IOException {
        try (Terminal terminal = TerminalBuilder.builder()
                .name("unplug")
                .system(true)
                .nativeSignals(true)
                .signalHandler(Terminal.SignalHandler.SIG_IGN)
                .build()) {
            CommandSession session = processor.createSession(terminal.input(), terminal.output(), terminal.output());
            prepare.accept(session);
            session.put(Shell.VAR_TERMINAL, terminal);
            session.put(Progress.TERMINAL, true);
            LineReader reader = LineReaderBuilder.builder()
                    .terminal(terminal)
                    .appName("unplug")
                    .parser(new Words())
                    .expander(new Expander(session))
                    .highlighter(new Highlighter(session))
                    .completer(new NameCompleter(context, session))
                    .variable(LineReader.HISTORY_FILE, Path.of(System.getProperty("user.home"), ".unplug_history"))
                    .option(LineReader.Option.AUTO_FRESH_LINE, true)
                    .build();
            session.put(Shell.VAR_READER, reader);
            PrintStream out = new PrintStream(unclosed(terminal.output()), true, StandardCharsets.UTF_8);
            terminal.handle(Terminal.Signal.INT, signal -> interrupt(session, out));
            return loop(reader, new Runner(session, out, out, true));
        }
    }

    private static int loop(LineReader reader, Runner runner) {
        while (runner.exitStatus() == null) {
            try {
                String line = reader.readLine(PROMPT);
                runner.run("", 1, line);
            } catch (UserInterruptException e) {
                // Ctrl-C at the prompt: the line is dropped, and a new one begins.
            } catch (EndOfFileException e) {
                return 0;
            }
        }
        return runner.exitStatus();
    }

    /**
     * Commands that ask are asked. Of the others only those that surely touch no disk are interrupted: an interrupt closes the
     * FileChannel in which it meets the thread, and that may be a driver's. The rest run to their end, which is bounded.
     */
    private static void interrupt(CommandSession session, PrintStream out) {
        Job job = session.foregroundJob();
        if (job == null) {
            return;
        }
        boolean asked = Interruption.of(session).ask();
        if (!asked && isHarmless(job.command())) {
            job.interrupt();
        } else if (!asked) {
            out.println("(waiting for " + Script.firstWord(job.command()) + ": a command on a disk is not cut short)");
        }
    }

    static boolean isHarmless(CharSequence command) {
        return HARMLESS.matcher(command).matches();
    }

    private static OutputStream unclosed(OutputStream stream) {
        return new java.io.FilterOutputStream(stream) {
            @Override
            public void write(byte[] bytes, int off, int len) throws IOException {
                out.write(bytes, off, len);
            }

            @Override
            public void close() throws IOException {
                flush();
            }
        };
    }
}
