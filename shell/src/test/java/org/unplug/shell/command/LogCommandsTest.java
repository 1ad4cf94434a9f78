package org.unplug.shell.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceReference;
import org.osgi.service.log.LogEntry;
import org.osgi.service.log.LogLevel;
import org.osgi.service.log.LogListener;
import org.osgi.service.log.LogReaderService;

class LogCommandsTest {

    private final List<LogEntry> ring = new ArrayList<>();
    private final LogCommands commands = new LogCommands(new Reader(), 1000);

    private void log(long timeMs, LogLevel level, String logger, String text, Throwable thrown) {
        ring.add(0, new Entry(ring.size(), timeMs, level, logger, text, thrown));
    }

    @Test
    void dmesg_showsNewestLast_withSecondsSinceStart() {
        log(1500, LogLevel.INFO, "a", "sda added", null);
        log(3250, LogLevel.WARN, "a", "sda late", new IllegalStateException("why"));
        assertEquals(
                List.of(
                        new LogCommands.LogRow("     0.500", "info", "", "sda added"),
                        new LogCommands.LogRow(
                                "     2.250", "warn", "", "sda late: java.lang.IllegalStateException: why")),
                commands.dmesg(0, "info", false));
    }

    @Test
    void dmesg_countsFromTheEnd_afterFiltering() {
        log(1000, LogLevel.ERROR, "a", "one", null);
        log(1000, LogLevel.ERROR, "a", "two", null);
        log(1000, LogLevel.DEBUG, "a", "noise", null);
        assertEquals(
                List.of("two"),
                commands.dmesg(1, "warn", false).stream()
                        .map(LogCommands.LogRow::text)
                        .toList());
        assertEquals(3, commands.dmesg(0, "debug", false).size());
    }

    @Test
    void dmesg_hidesTheFrameworksOwnEvents_unlessAsked_orErrors() {
        log(1000, LogLevel.INFO, "Events.Bundle", "BundleEvent STARTED", null);
        log(1000, LogLevel.ERROR, "Events.Framework", "FrameworkEvent ERROR", null);
        assertEquals(1, commands.dmesg(0, "info", false).size());
        assertEquals(2, commands.dmesg(0, "info", true).size());
    }

    @Test
    void dmesg_withNonsense_saysWhatThereIs() {
        assertEquals(
                "-l loud: no such level; there are error, warn, info, debug, trace",
                assertThrows(CommandException.class, () -> commands.dmesg(0, "loud", false))
                        .getMessage());
        assertThrows(CommandException.class, () -> commands.dmesg(-1, "info", false));
    }

    private final class Reader implements LogReaderService {
        @Override
        public void addLogListener(LogListener listener) {}

        @Override
        public void removeLogListener(LogListener listener) {}

        @Override
        public Enumeration<LogEntry> getLog() {
            return Collections.enumeration(ring);
        }
    }

    private record Entry(long sequence, long time, LogLevel level, String logger, String text, Throwable thrown)
            implements LogEntry {
        @Override
        public Bundle getBundle() {
            return null;
        }

        @Override
        public ServiceReference<?> getServiceReference() {
            return null;
        }

        @Override
        @SuppressWarnings("deprecation")
        public int getLevel() {
            return 0;
        }

        @Override
        public String getMessage() {
            return text;
        }

        @Override
        public Throwable getException() {
            return thrown;
        }

        @Override
        public long getTime() {
            return time;
        }

        @Override
        public LogLevel getLogLevel() {
            return level;
        }

        @Override
        public String getLoggerName() {
            return logger;
        }

        @Override
        public long getSequence() {
            return sequence;
        }

        @Override
        public String getThreadInfo() {
            return "";
        }

        @Override
        public StackTraceElement getLocation() {
            return null;
        }
    }
}
