package org.unplug.lab.explore.scene;

import org.unplug.lab.explore.engine.Scheduler;
import org.unplug.ref.Clockwork;

/** The seam to time, threads and waiting, over the scheduler. */
record Time(Scheduler scheduler) implements Clockwork {

    @Override
    public long nanoTime() {
        return scheduler.nanoTime();
    }

    @Override
    public void execute(String name, Runnable task) {
        scheduler.execute(name, task);
    }

    @Override
    public Timer schedule(long delayMs, Runnable task) {
        return scheduler.schedule(delayMs, task)::cancel;
    }

    @Override
    public void await(Object monitor, long timeoutNanos) {
        scheduler.await(monitor, timeoutNanos);
    }
}
