package org.unplug.lab.explore.engine;

import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.locks.LockSupport;

/** A thread that carries one task after another: making a thread for each would take most of the time. */
final class Carrier extends Thread {

    private static final ConcurrentLinkedDeque<Carrier> IDLE = new ConcurrentLinkedDeque<>();

    private volatile Runnable load;

    private Carrier() {
        super(null, null, "explored", 0, false);
        setDaemon(true);
    }

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

    @Override
    public void run() {
        while (true) {
            load.run();
            load = null;
            IDLE.push(this);
            while (load == null) {
                LockSupport.park(IDLE);
            }
        }
    }
}
