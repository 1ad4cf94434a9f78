package org.unplug.shell;

import java.io.PrintStream;
import org.apache.felix.service.command.CommandSession;

/**
 * A progress bar on a terminal, and nothing where there is none. Drawn at most ten times a second; belongs to the one thread
 * that works.
 */
public final class Progress implements AutoCloseable {

    /** Session variable, a Boolean: whether standard error is a terminal. */
    public static final String TERMINAL = ".unplug.terminal";

    private static final int WIDTH = 30;
    private static final long INTERVAL_NANOS = 100_000_000;

    private final PrintStream out;
    private final String what;
    private final long total;
    private final long startNanos = System.nanoTime();
    private long drawnNanos = startNanos;
    private boolean drawn;

    private Progress(PrintStream out, String what, long total) {
        this.out = out;
        this.what = what;
        this.total = total;
    }

    /**
     * A bar for a command of this session; the caller closes it.
     *
     * @param totalBytes how much there is to do; 0 if that is not known
     */
    public static Progress of(CommandSession session, String what, long totalBytes) {
        return new Progress(Boolean.TRUE.equals(session.get(TERMINAL)) ? System.err : null, what, totalBytes);
    }

    /** So many bytes are done. */
    public void at(long doneBytes) {
        long now = System.nanoTime();
        if (out == null || now - drawnNanos < INTERVAL_NANOS) {
            return;
        }
        drawnNanos = now;
        drawn = true;
        out.print("\r" + bar(doneBytes, now - startNanos) + "\u001b[K");
        out.flush();
    }

    String bar(long doneBytes, long elapsedNanos) {
        double rate = elapsedNanos == 0 ? 0 : doneBytes / 1048576.0 / (elapsedNanos / 1e9);
        if (total <= 0) {
            return String.format("%s %.1f MiB, %.1f MiB/s", what, doneBytes / 1048576.0, rate);
        }
        double part = Math.min(1, (double) doneBytes / total);
        int full = (int) (part * WIDTH);
        return String.format(
                "%s [%s%s] %3d%% %.1f MiB/s",
                what, "#".repeat(full), ".".repeat(WIDTH - full), (int) (part * 100), rate);
    }

    /** Takes the bar away. */
    @Override
    public void close() {
        if (drawn) {
            out.print("\r\u001b[K");
            out.flush();
        }
    }

    /** For tests: a bar that is drawn. */
    static Progress on(PrintStream out, String what, long total) {
        return new Progress(out, what, total);
    }
}
