package org.unplug.lab.explore.engine;

import java.util.concurrent.locks.Lock;

/** What woven code calls in the place of monitors, and before atomics. Does nothing on a thread that no scheduler runs. */
public final class Yield {

    private Yield() {}

    public static void point(int site) {
        Scheduler scheduler = Scheduler.here();
        if (scheduler != null) {
            scheduler.point(site);
        }
    }

    public static void enter(Object monitor, int site) {
        Scheduler scheduler = Scheduler.here();
        if (scheduler != null) {
            scheduler.enter(monitor, site);
        }
    }

    public static void exit(Object monitor) {
        Scheduler scheduler = Scheduler.here();
        if (scheduler != null) {
            scheduler.exit(monitor);
        }
    }

    public static void notifyAll(Object monitor) {
        Scheduler scheduler = Scheduler.here();
        if (scheduler != null) {
            scheduler.notifyAll(monitor);
        }
    }

    public static boolean holdsLock(Object monitor) {
        Scheduler scheduler = Scheduler.here();
        return scheduler != null && scheduler.holds(monitor);
    }

    /** A lock of java.util.concurrent: taken in earnest once nobody has it. */
    public static void lock(Lock lock, int site) {
        Scheduler scheduler = Scheduler.here();
        if (scheduler == null) {
            lock.lock();
            return;
        }
        scheduler.point(site);
        scheduler.tryUntil(lock::tryLock);
    }
}
