package org.unplug.shell.command;

import java.util.Enumeration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.osgi.service.log.LogEntry;
import org.osgi.service.log.LogLevel;
import org.osgi.service.log.LogListener;
import org.osgi.service.log.LogReaderService;

/**
 * What some bundles warn of while a command waits for them: who was told to do something by way of a service or a configuration
 * says in the log only why it did not. Opened before, closed after; any thread.
 */
final class Echo implements LogListener, AutoCloseable {

    /** The log tells its listeners on a thread of its own, a little later. */
    private static final long LATE_MS = 500;

    private final LogReaderService log;
    private final Set<String> bundles;
    private final long from;
    private final List<String> lines = new CopyOnWriteArrayList<>();

    /**
     * Begins to listen.
     *
     * @param log may be null: then nothing is heard
     * @param bundles symbolic names
     */
    Echo(LogReaderService log, String... bundles) {
        this.log = log;
        this.bundles = Set.of(bundles);
        this.from = log == null ? 0 : lastNumber(log);
        if (log != null) {
            log.addLogListener(this);
        }
    }

    /** What the log is late with is not of this command. */
    private static long lastNumber(LogReaderService log) {
        Enumeration<LogEntry> newestFirst = log.getLog();
        return newestFirst.hasMoreElements() ? newestFirst.nextElement().getSequence() : 0;
    }

    @Override
    public void logged(LogEntry entry) {
        boolean ours = entry.getSequence() > from
                && entry.getBundle() != null
                && bundles.contains(entry.getBundle().getSymbolicName());
        if (ours && LogLevel.WARN.implies(entry.getLogLevel())) {
            lines.add(entry.getMessage());
        }
    }

    /** The first warning or error since, if there was one. */
    Optional<String> first() {
        return lines.stream().findFirst();
    }

    /** For the end of a line: why, or where else to look. Waits a little for it. */
    String reason() {
        if (log != null) {
            Waiting.until(LATE_MS, () -> !lines.isEmpty());
        }
        return first().map(line -> ": " + line).orElse("; see dmesg");
    }

    @Override
    public void close() {
        if (log != null) {
            log.removeLogListener(this);
        }
    }
}
