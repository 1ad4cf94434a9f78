package org.unplug.block.internal.osgi;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.unplug.block.DiskListener;
import org.unplug.ref.Clockwork;

/**
 * Tells listeners, in order, on one thread at a time that nothing waits for. Bounded: what comes while so many wait already is
 * not told, and that is logged once until there is room again.
 */
final class Announcements implements AutoCloseable {

    static final int MOST_WAITING = 10_000;
    private static final long CLOSE_NANOS = 1_000_000_000L;

    private final Clockwork clockwork;
    private final Supplier<List<DiskListener>> listeners;
    private final Consumer<String> problem;
    private final Queue<Consumer<DiskListener>> waiting = new ArrayDeque<>();
    private boolean telling;
    private boolean full;

    /**
     * @param listeners those that there are now
     * @param problem gets a line about a listener that threw, or does not keep up
     */
    Announcements(Clockwork clockwork, Supplier<List<DiskListener>> listeners, Consumer<String> problem) {
        this.clockwork = clockwork;
        this.listeners = listeners;
        this.problem = problem;
    }

    /** Never blocks. */
    void tell(Consumer<DiskListener> what) {
        if (listeners.get().isEmpty()) {
            return;
        }
        boolean start = false;
        boolean loses = false;
        synchronized (this) {
            if (waiting.size() < MOST_WAITING) {
                waiting.add(what);
                start = !telling;
                telling = true;
                full = false;
            } else {
                loses = !full;
                full = true;
            }
        }
        if (loses) {
            problem.accept(
                    "disk listeners do not keep up: " + MOST_WAITING + " announcements wait, what follows is lost");
        }
        if (start) {
            clockwork.execute("announcements", this::work);
        }
    }

    private void work() {
        for (Consumer<DiskListener> next = next(); next != null; next = next()) {
            for (DiskListener listener : listeners.get()) {
                try {
                    next.accept(listener);
                } catch (Throwable t) {
                    problem.accept(
                            "a disk listener threw: " + listener.getClass().getName() + ": " + t);
                }
            }
        }
    }

    private synchronized Consumer<DiskListener> next() {
        Consumer<DiskListener> next = waiting.poll();
        telling = next != null;
        if (!telling) {
            notifyAll();
        }
        return next;
    }

    /** Waits until everything was told, for a second at most. */
    @Override
    public void close() {
        long deadline = clockwork.nanoTime() + CLOSE_NANOS;
        synchronized (this) {
            clockwork.awaitUntil(this, deadline, () -> !telling);
        }
    }
}
