package org.unplug.lab.internal.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.unplug.ref.Clockwork;

/**
 * What the users of a mount saw: operations that went well, those that failed by class of their exception, and how long
 * those took from the latest sign of life of their step. Any thread may call.
 */
public final class FileErrors {

    private final Clockwork clockwork;
    private final Map<String, Long> failures = new TreeMap<>();
    private final Map<String, String> samples = new TreeMap<>();
    private final List<String> wrong = new ArrayList<>();
    private final ThreadLocal<Long> callBegan = new ThreadLocal<>();
    private long steps;
    private long bytesWritten;
    private long bytesVerified;
    private long slowestFailureNanos;
    private long acknowledgedAfterFailure;
    private boolean failed;
    private long firstFailureNanos;

    /** Something that a user does with files. */
    @FunctionalInterface
    public interface Attempt {
        void run() throws IOException;
    }

    public FileErrors(Clockwork clockwork) {
        this.clockwork = clockwork;
    }

    /** Runs something and notes how it failed; false if it did. */
    public boolean attempt(Attempt attempt) {
        callBegan.set(clockwork.nanoTime());
        try {
            attempt.run();
            synchronized (this) {
                steps++;
            }
            return true;
        } catch (UncheckedIOException e) {
            failed(e.getCause());
        } catch (IOException | RuntimeException e) {
            failed(e);
        } finally {
            callBegan.remove();
        }
        return false;
    }

    private void failed(Throwable failure) {
        long now = clockwork.nanoTime();
        long took = now - callBegan.get();
        synchronized (this) {
            if (!failed) {
                firstFailureNanos = now;
            }
            failed = true;
            failures.merge(failure.getClass().getName(), 1L, Long::sum);
            samples.putIfAbsent(failure.getClass().getName(), String.valueOf(failure));
            slowestFailureNanos = Math.max(slowestFailureNanos, took);
        }
    }

    /** Whether anything has failed so far; asked before a write. */
    synchronized boolean hasFailed() {
        return failed;
    }

    /**
     * A write was acknowledged.
     *
     * @param hadFailed what {@link #hasFailed} said before the write
     */
    void acknowledged(long bytes, boolean hadFailed) {
        callBegan.set(clockwork.nanoTime());
        synchronized (this) {
            bytesWritten += bytes;
            if (hadFailed) {
                acknowledgedAfterFailure++;
            }
        }
    }

    synchronized void verified(long bytes) {
        bytesVerified += bytes;
    }

    synchronized void wrong(String line) {
        wrong.add(line);
    }

    /** By class name. */
    public synchronized Map<String, Long> failures() {
        return new TreeMap<>(failures);
    }

    /** One of each class in words. */
    public synchronized Map<String, String> samples() {
        return new TreeMap<>(samples);
    }

    public synchronized long errors() {
        return failures.values().stream().mapToLong(Long::longValue).sum();
    }

    public synchronized long steps() {
        return steps;
    }

    public synchronized long bytesWritten() {
        return bytesWritten;
    }

    public synchronized long bytesVerified() {
        return bytesVerified;
    }

    public synchronized long slowestFailureNanos() {
        return slowestFailureNanos;
    }

    /** When the first operation failed, on our clock; 0 if none did. */
    public synchronized long firstFailureNanos() {
        return firstFailureNanos;
    }

    public synchronized long acknowledgedAfterFailure() {
        return acknowledgedAfterFailure;
    }

    /** Contents that were not as acknowledged while the disk was there. */
    public synchronized List<String> wrong() {
        return List.copyOf(wrong);
    }
}
