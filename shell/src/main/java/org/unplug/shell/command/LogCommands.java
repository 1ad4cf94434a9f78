package org.unplug.shell.command;

import java.lang.management.ManagementFactory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.log.LogEntry;
import org.osgi.service.log.LogLevel;
import org.osgi.service.log.LogReaderService;

/** dmesg: the Log Service's ring, newest last. */
@Component(service = {LogCommands.class, Names.class})
@GogoCommand(scope = "unplug", function = "dmesg")
public final class LogCommands implements Names {

    /** Loggers in which the framework tells of its own events: of bundles and services, not of disks. */
    private static final String FRAMEWORK_EVENTS = "Events.";

    private final LogReaderService log;
    private final long startMs;

    @Activate
    public LogCommands(@Reference LogReaderService log) {
        this(log, ManagementFactory.getRuntimeMXBean().getStartTime());
    }

    LogCommands(LogReaderService log, long startMs) {
        this.log = log;
        this.startMs = startMs;
    }

    /**
     * A line of the log.
     *
     * @param time seconds since the start of the process
     * @param level of the entry
     * @param bundle that logged it
     * @param text and the exception's, if there was one
     */
    public record LogRow(String time, String level, String bundle, String text) {}

    @Descriptor("shows the log, newest last: seconds since start, level, bundle, text")
    public List<LogRow> dmesg(
            @Descriptor("only the last so many lines") @Parameter(names = "-n", absentValue = "0") int last,
            @Descriptor("this level and those above: error, warn, info, debug, trace")
                    @Names.Of(Kind.LOG_LEVEL)
                    @Parameter(names = "-l", absentValue = "info")
                    String level,
            @Descriptor("the framework's own events too")
                    @Parameter(names = "-a", presentValue = "true", absentValue = "false")
                    boolean all) {
        if (last < 0) {
            throw new CommandException("-n " + last + ": must not be negative");
        }
        LogLevel least = level(level);
        Deque<LogRow> rows = new ArrayDeque<>();
        for (LogEntry entry : newestFirst()) {
            if (!least.implies(entry.getLogLevel()) || !all && isFrameworkEvent(entry)) {
                continue;
            }
            rows.addFirst(row(entry));
            if (rows.size() == last) {
                break;
            }
        }
        return List.copyOf(rows);
    }

    @Override
    public Collection<String> names(Kind kind, String typed) {
        return kind == Kind.LOG_LEVEL
                ? Arrays.stream(LogLevel.values())
                        .map(l -> l.name().toLowerCase(Locale.ROOT))
                        .toList()
                : List.of();
    }

    private List<LogEntry> newestFirst() {
        List<LogEntry> entries = new ArrayList<>(Collections.list(log.getLog()));
        // By number, not by the reader's order: two threads may log in the same millisecond.
        entries.sort((a, b) -> Long.compare(b.getSequence(), a.getSequence()));
        return entries;
    }

    private static LogLevel level(String name) {
        try {
            return LogLevel.valueOf(name.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new CommandException("-l " + name + ": no such level; there are error, warn, info, debug, trace");
        }
    }

    private static boolean isFrameworkEvent(LogEntry entry) {
        String logger = entry.getLoggerName();
        return logger != null && logger.startsWith(FRAMEWORK_EVENTS) && entry.getLogLevel() != LogLevel.ERROR;
    }

    private LogRow row(LogEntry entry) {
        Throwable thrown = entry.getException();
        return new LogRow(
                String.format(Locale.ROOT, "%10.3f", (entry.getTime() - startMs) / 1000.0),
                entry.getLogLevel().name().toLowerCase(Locale.ROOT),
                entry.getBundle() == null ? "" : entry.getBundle().getSymbolicName(),
                entry.getMessage() + (thrown == null ? "" : ": " + thrown));
    }
}
