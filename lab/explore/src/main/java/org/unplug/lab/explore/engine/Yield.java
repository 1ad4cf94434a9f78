package org.unplug.lab.explore.engine;

import java.util.Map;
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

    /** A step that a scene names itself. */
    public static void point(String name) {
        Scheduler scheduler = Scheduler.here();
        if (scheduler != null) {
            scheduler.mark(Sites.named(name));
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

    /** The number of a thread: its task's, so that a schedule does not depend on who carries it. */
    public static long threadId(Thread thread) {
        Scheduler scheduler = Scheduler.here();
        return scheduler == null || thread != Thread.currentThread() ? thread.getId() : scheduler.taskId();
    }

    public static Object getLocal(ThreadLocal<?> local) {
        Map<ThreadLocal<?>, Object> locals = locals();
        if (locals == null) {
            return local.get();
        }
        if (!locals.containsKey(local)) {
            locals.put(local, local.get());
            local.remove();
        }
        return locals.get(local);
    }

    public static void setLocal(ThreadLocal<Object> local, Object value) {
        Map<ThreadLocal<?>, Object> locals = locals();
        if (locals == null) {
            local.set(value);
        } else {
            locals.put(local, value);
        }
    }

    public static void removeLocal(ThreadLocal<?> local) {
        Map<ThreadLocal<?>, Object> locals = locals();
        if (locals == null) {
            local.remove();
        } else {
            locals.remove(local);
        }
    }

    private static Map<ThreadLocal<?>, Object> locals() {
        Scheduler scheduler = Scheduler.here();
        return scheduler == null ? null : scheduler.locals();
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
