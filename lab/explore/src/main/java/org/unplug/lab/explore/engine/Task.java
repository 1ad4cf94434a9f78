package org.unplug.lab.explore.engine;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A thread of the scene: a real one, so that thread locals are what they are, of which only the scheduler's choice runs. */
final class Task {

    static final long FOR_EVER = Long.MAX_VALUE;

    final int id;
    final String name;
    private final Runnable body;
    private Thread thread;
    private volatile boolean granted;

    /** The lock that it wants and somebody else has. */
    Object wants;
    /** The monitor that it waits on, if it does. */
    Object waitsOn;

    /** What it waits for, if it does; looked at by others, so it must not yield. */
    BooleanSupplier condition;

    long deadline = FOR_EVER;
    boolean notified;
    /** Not before this step. */
    int notBefore;

    boolean ended;
    /** How often it was told that the scene is over. */
    int ends;

    int site;

    Task(int id, String name, Runnable body) {
        this.id = id;
        this.name = name;
        this.body = body;
    }

    void start(Scheduler scheduler) {
        thread = new Thread(null, () -> scheduler.live(this, body), "explored " + name, 0, false);
        thread.setDaemon(true);
        thread.start();
    }

    boolean isCurrentThread() {
        return Thread.currentThread() == thread;
    }

    void grant() {
        granted = true;
        LockSupport.unpark(thread);
    }

    /** Returns once it is this task's turn. */
    void awaitGrant() {
        while (!granted) {
            LockSupport.park(this);
            if (Thread.interrupted()) {
                throw new IllegalStateException(name + " was interrupted");
            }
        }
        granted = false;
    }
}
