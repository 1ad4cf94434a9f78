package org.unplug.shell.cli;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.felix.gogo.jline.Converters;
import org.apache.felix.gogo.jline.Posix;
import org.apache.felix.gogo.jline.Procedural;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Converter;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.unplug.shell.Progress;

/**
 * What {@code ./unplug} runs, on the process's main thread: reads the arguments, runs a console, a script or a command, and
 * returns the process's status. There only under the launcher of the executable jar, whose service it needs.
 */
@Component(service = Callable.class, property = "main.thread=true")
public final class Launcher implements Callable<Integer> {

    /** Whose commands a bare name means, first found first. */
    private static final String SCOPES = "unplug:lab:gogo:felix:*";

    private static final String[] FLOW = {"each", "if", "not", "throw", "try", "until", "while", "break", "continue"};
    private static final String[] FILTERS = {
        "echo", "grep", "sort", "head", "tail", "wc", "sleep", "date", "less", "clear"
    };

    private final BundleContext context;
    private final CommandProcessor processor;
    private final List<String> arguments;
    private final Shutdown shutdown;

    @Activate
    public Launcher(
            BundleContext context,
            @Reference CommandProcessor processor,
            @Reference(service = Object.class, target = "(launcher.ready=true)") ServiceReference<?> launcher) {
        this.context = context;
        this.processor = processor;
        this.arguments =
                launcher.getProperty("launcher.arguments") instanceof String[] given ? Arrays.asList(given) : List.of();
        this.shutdown = new Shutdown(context.getBundle(0));
        // "start 7" and "stop org.unplug.driver-ram": gogo's commands for bundles take them by number and by name.
        context.registerService(
                Converter.class, new Converters(context.getBundle(0).getBundleContext()), null);
        register(new Procedural(), FLOW);
        register(new Posix(processor), FILTERS);
    }

    @Deactivate
    void deactivate() {
        shutdown.disarm();
    }

    @Override
    public Integer call() throws Exception {
        // The framework's launcher has replaced System.out by one that comes back to gogo's; these are the process's
        // own.
        PrintStream out = stream(FileDescriptor.out);
        PrintStream err = stream(FileDescriptor.err);
        Invocation invocation;
        try {
            invocation = Invocation.parse(arguments);
        } catch (IllegalArgumentException e) {
            err.println("unplug: " + e.getMessage() + "; see ./unplug help");
            return Invocation.USAGE;
        }
        boolean piped = !isTerminal("stdin") || !isTerminal("stdout");
        if (invocation.mode() == Invocation.Mode.CONSOLE && !piped) {
            return new Console(context, processor, this::prepare).run();
        }
        InputStream in = new FileInputStream(FileDescriptor.in);
        boolean scriptOnStdin = invocation.mode() == Invocation.Mode.CONSOLE
                || invocation.text().equals("-");
        CommandSession session = processor.createSession(scriptOnStdin ? InputStream.nullInputStream() : in, out, err);
        prepare(session);
        session.put(Progress.TERMINAL, isTerminal("stderr"));
        try {
            Runner runner = new Runner(session, out, err, false);
            return scriptOnStdin
                    ? runner.runStream("stdin", new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8)))
                    : run(runner, session, invocation, err);
        } finally {
            // Not left to gogo: it knows its sessions weakly, and stumbles over one that is collected while it stops.
            session.close();
        }
    }

    private static int run(Runner runner, CommandSession session, Invocation invocation, PrintStream err) {
        if (!invocation.arguments().isEmpty()) {
            session.put("args", invocation.arguments());
        }
        return switch (invocation.mode()) {
            case RUN -> script(runner, session, invocation, err);
            case CALL -> call(session, invocation, err);
            default -> runner.run("", 1, invocation.text());
        };
    }

    private static int script(Runner runner, CommandSession session, Invocation invocation, PrintStream err) {
        String file = invocation.text();
        session.put("0", file);
        session.put("echo", invocation.echo() ? Boolean.TRUE : null);
        try {
            return runner.run(file, 1, Files.readString(Path.of(file)));
        } catch (IOException e) {
            err.println("unplug: run: " + Diagnosis.of("", e));
            return 1;
        }
    }

    /** The arguments go through a variable, so that none of their characters means anything to gogo. */
    private static int call(CommandSession session, Invocation invocation, PrintStream err) {
        String command = invocation.arguments().isEmpty() ? invocation.text() : invocation.text() + " $args";
        try {
            return session.execute(command) instanceof Integer status ? status : 0;
        } catch (Exception e) {
            err.println("unplug: " + Diagnosis.of(invocation.text(), e));
            return 1;
        }
    }

    private void prepare(CommandSession session) {
        session.put("SCOPE", SCOPES);
    }

    private void register(Object commands, String... functions) {
        context.registerService(
                Object.class,
                commands,
                FrameworkUtil.asDictionary(
                        Map.of(CommandProcessor.COMMAND_SCOPE, "gogo", CommandProcessor.COMMAND_FUNCTION, functions)));
    }

    /** Said by the start script, which can ask; there is no portable way on all our JDKs. */
    private static boolean isTerminal(String stream) {
        return Arrays.asList(System.getProperty("unplug.terminal", "").split(","))
                .contains(stream);
    }

    private static PrintStream stream(FileDescriptor descriptor) {
        return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
    }
}
