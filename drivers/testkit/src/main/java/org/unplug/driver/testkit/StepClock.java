package org.unplug.driver.testkit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.unplug.ref.Clockwork;

/** A clock that a test steps. Timers fire on the stepping thread, in order of their time; tasks run on real threads. */
public final class StepClock implements Clockwork {

    private final Clockwork threads;
    private final List<Alarm> alarms = new ArrayList<>();
    private long nowNanos = 1_000_000_000;

    private record Alarm(long dueNanos, Runnable task) {}

    /** @param threads runs the tasks; its clock is not used */
    public StepClock(Clockwork threads) {
        this.threads = threads;
    }

    @Override
    public synchronized long nanoTime() {
        return nowNanos;
    }

    @Override
    public void execute(String name, Runnable task) {
        threads.execute(name, task);
    }

    @Override
    public synchronized Timer schedule(long delayMs, Runnable task) {
        Alarm alarm = new Alarm(nowNanos + delayMs * 1_000_000, task);
        alarms.add(alarm);
        return () -> {
            synchronized (this) {
                alarms.remove(alarm);
            }
        };
    }

    /** Waits in real time for a little, so that a waiter sees each step soon. */
    @Override
    public void await(Object monitor, long timeoutNanos) {
        threads.await(monitor, Math.min(timeoutNanos, 1_000_000));
    }

    public synchronized int alarms() {
        return alarms.size();
    }

    /** Moves time on, firing what is due at its time. */
    public void step(long millis) {
        long goal = nanoTime() + millis * 1_000_000;
        for (Alarm due = next(goal); due != null; due = next(goal)) {
            due.task.run();
        }
        synchronized (this) {
            nowNanos = goal;
        }
    }

    private synchronized Alarm next(long goal) {
        Alarm first = alarms.stream()
                .filter(a -> a.dueNanos <= goal)
                .min(Comparator.comparingLong(Alarm::dueNanos))
                .orElse(null);
        if (first != null) {
            alarms.remove(first);
            nowNanos = Math.max(nowNanos, first.dueNanos);
        }
        return first;
    }
}
