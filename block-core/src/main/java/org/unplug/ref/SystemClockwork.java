package org.unplug.ref;

import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * {@link Clockwork} over the JDK: {@link System#nanoTime}, daemon threads that end after five idle seconds, one timer
 * thread started when first needed. Its threads inherit nothing from whoever caused them to start - no context class
 * loader, no thread locals - so that none keeps a stopped bundle's classes alive.
 */
public final class SystemClockwork implements Clockwork, AutoCloseable {

    private static final long IDLE_SECONDS = 5;

    private final String name;
    private final ThreadPoolExecutor workers;
    private final ScheduledThreadPoolExecutor timers;

    SystemClockwork(String name) {
        this.name = name;
        workers = new ThreadPoolExecutor(
                0, Integer.MAX_VALUE, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), threads("worker"));
        timers = new ScheduledThreadPoolExecutor(1, threads("timer"));
        timers.setRemoveOnCancelPolicy(true);
        timers.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
        timers.allowCoreThreadTimeOut(true);
    }

    private ThreadFactory threads(String role) {
        return task -> bareThread(task, name + "-" + role);
    }

    /**
     * A thread notes, as its access control context, every class loader on the stack that makes it, and keeps them while it
     * lives: a driver's, if a driver's call made it. Privileged, the note ends here.
     */
    @SuppressWarnings("removal")
    private static Thread bareThread(Runnable task, String name) {
        return AccessController.doPrivileged((PrivilegedAction<Thread>) () -> {
            Thread thread = new Thread(null, task, name, 0, false);
            thread.setDaemon(true);
            thread.setContextClassLoader(SystemClockwork.class.getClassLoader());
            return thread;
        });
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public void execute(String taskName, Runnable task) {
        Runnable named = () -> runNamed(taskName, task);
        try {
            workers.execute(named);
        } catch (RejectedExecutionException closed) {
            bareThread(named, name + "-late").start();
        }
    }

    private void runNamed(String taskName, Runnable task) {
        Thread thread = Thread.currentThread();
        String idleName = thread.getName();
        thread.setName(name + ": " + taskName);
        try {
            task.run();
        } finally {
            thread.setName(idleName);
        }
    }

    @Override
    public Timer schedule(long delayMs, Runnable task) {
        try {
            ScheduledFuture<?> future = timers.schedule(task, delayMs, TimeUnit.MILLISECONDS);
            return () -> future.cancel(false);
        } catch (RejectedExecutionException closed) {
            return () -> {};
        }
    }

    @Override
    public void await(Object monitor, long timeoutNanos) {
        if (timeoutNanos <= 0) {
            return;
        }
        boolean interrupted = Thread.interrupted();
        try {
            TimeUnit.NANOSECONDS.timedWait(monitor, Math.max(timeoutNanos, 100_000));
        } catch (InterruptedException e) {
            interrupted = true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Lets running tasks finish and drops timers that have not fired; does not wait. */
    @Override
    public void close() {
        workers.shutdown();
        timers.shutdownNow();
    }
}
