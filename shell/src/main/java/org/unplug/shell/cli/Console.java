package org.unplug.shell.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.apache.felix.gogo.jline.Expander;
import org.apache.felix.gogo.jline.Highlighter;
import org.apache.felix.gogo.jline.Parser;
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
                    .parser(new Parser())
                    .expander(new Expander(session))
                    .highlighter(new Highlighter(session))
                    .completer(new NameCompleter(context, session))
                    .variable(LineReader.HISTORY_FILE, Path.of(System.getProperty("user.home"), ".unplug_history"))
                    .option(LineReader.Option.AUTO_FRESH_LINE, true)
                    .build();
            session.put(Shell.VAR_READER, reader);
            terminal.handle(Terminal.Signal.INT, signal -> interrupt(session));
            PrintStream out = new PrintStream(unclosed(terminal.output()), true, StandardCharsets.UTF_8);
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

    private static void interrupt(CommandSession session) {
        Job job = session.foregroundJob();
        if (job != null && !Interruption.of(session).ask()) {
            job.interrupt();
        }
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
