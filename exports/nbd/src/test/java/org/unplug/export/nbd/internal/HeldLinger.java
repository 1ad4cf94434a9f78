package org.unplug.export.nbd.internal;

import java.util.ArrayList;
import java.util.List;
import org.unplug.ref.Clockwork;

/** Real time, but for one: how long clients linger is over when a test says so. */
final class HeldLinger implements Clockwork {

    private final Clockwork real;
    private final long lingerMs;
    private final List<Runnable> held = new ArrayList<>();
    private boolean over;

    HeldLinger(Clockwork real, long lingerMs) {
        this.real = real;
        this.lingerMs = lingerMs;
    }

    /** It is over for whoever lingers now, and lasts as long as it says for who comes later. */
    void over() {
        List<Runnable> due;
        synchronized (this) {
            over = true;
            due = new ArrayList<>(held);
            held.clear();
        }
        due.forEach(Runnable::run);
    }

    @Override
    public Timer schedule(long delayMs, Runnable task) {
        synchronized (this) {
            if (delayMs == lingerMs && !over) {
                held.add(task);
                return () -> forget(task);
            }
        }
        return real.schedule(delayMs, task);
    }

    private synchronized void forget(Runnable task) {
        held.remove(task);
    }

    @Override
    public long nanoTime() {
        return real.nanoTime();
    }

    @Override
    public void execute(String name, Runnable task) {
        real.execute(name, task);
    }

    @Override
    public void await(Object monitor, long timeoutNanos) {
        real.await(monitor, timeoutNanos);
    }
}
