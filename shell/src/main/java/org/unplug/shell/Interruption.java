package org.unplug.shell;

import java.io.InterruptedIOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.felix.service.command.CommandSession;

/**
 * Ctrl-C for commands that touch disks. Their thread is never interrupted, since that closes the FileChannel it happens to
 * be in - a driver's, shared by everybody; instead they {@linkplain #enter enter}, and ask between two steps whether to stop.
 * One for each session; any thread.
 */
public final class Interruption {

    private static final String VARIABLE = ".unplug.interruption";

    private final AtomicInteger inside = new AtomicInteger();
    private final AtomicBoolean asked = new AtomicBoolean();

    /** A command's stay inside; closed by the command. */
    public interface Stay extends AutoCloseable {
        /** @throws InterruptedIOException if the person at the console asked to stop */
        void check() throws InterruptedIOException;

        @Override
        void close();
    }

    /** The session's own. */
    public static Interruption of(CommandSession session) {
        synchronized (session) {
            if (session.get(VARIABLE) instanceof Interruption own) {
                return own;
            }
            Interruption own = new Interruption();
            session.put(VARIABLE, own);
            return own;
        }
    }

    /** Enters a command that asks; the caller closes the stay. */
    public Stay enter() {
        if (inside.getAndIncrement() == 0) {
            asked.set(false);
        }
        return new Stay() {
            @Override
            public void check() throws InterruptedIOException {
                if (asked.get()) {
                    throw new InterruptedIOException("interrupted");
                }
            }

            @Override
            public void close() {
                inside.decrementAndGet();
            }
        };
    }

    /**
     * Asks the commands inside to stop.
     *
     * @return false if there are none: what runs may be interrupted the hard way
     */
    public boolean ask() {
        asked.set(true);
        return inside.get() > 0;
    }
}
