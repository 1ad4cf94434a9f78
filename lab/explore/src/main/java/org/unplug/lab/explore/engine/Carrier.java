package org.unplug.lab.explore.engine;

import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A thread that carries a task of one execution after another: making a thread for each would take most of the time. Within an
 * execution no two tasks have the same thread, so that who is who does not depend on what ran before.
 */
final class Carrier extends Thread {

    private static final ConcurrentLinkedDeque<Carrier> IDLE = new ConcurrentLinkedDeque<>();

    /** The end of the task, and that of its execution. */
    private static final int ENDS = 2;

    private volatile Runnable load;
    private final AtomicInteger endsToCome = new AtomicInteger(ENDS);

    private Carrier() {
        super(null, null, "explored", 0, false);
        setDaemon(true);
    }

    /** The thread that carries it is to be set free at the end of the execution. */
    static void carry(Runnable life) {
        Carrier carrier = IDLE.poll();
        if (carrier == null) {
            carrier = new Carrier();
            carrier.load = life;
            carrier.start();
        } else {
            carrier.load = life;
            LockSupport.unpark(carrier);
        }
    }

    /** The execution is over; a task that never ends keeps its thread. */
    void free() {
        if (endsToCome.decrementAndGet() == 0) {
            endsToCome.set(ENDS);
            IDLE.push(this);
        }
    }

    @Override
    public void run() {
        while (true) {
            load.run();
            load = null;
            free();
            while (load == null) {
                LockSupport.park(IDLE);
            }
        }
    }
}
