package org.unplug.scsi.internal.midlayer;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The monitors on which threads wait for a command or a driver's call, woken to look whether they still want to. */
final class Waiters {

    private final Set<Object> monitors = ConcurrentHashMap.newKeySet();

    void add(Object monitor) {
        monitors.add(monitor);
    }

    void remove(Object monitor) {
        monitors.remove(monitor);
    }

    void wake() {
        for (Object monitor : monitors) {
            synchronized (monitor) {
                monitor.notifyAll();
            }
        }
    }
}
