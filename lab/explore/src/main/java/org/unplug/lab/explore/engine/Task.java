package org.unplug.lab.explore.engine;

import java.util.IdentityHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A thread of the scene, of which only the scheduler's choice runs; it has thread locals of its own, whoever carries it. */
final class Task {

    static final long FOR_EVER = Long.MAX_VALUE;

    final int id;
    final String name;
    private final Runnable body;
    private final Scheduler scheduler;
    private Carrier thread;
    final IdentityHashMap<ThreadLocal<?>, Object> locals = new IdentityHashMap<>();
    private boolean begun;
    /** The step at which it began. */
    private int begunAt;

    private volatile boolean granted;

    /** The lock that it wants and somebody else has. */
    Object wants;
    /** The monitor that it waits on, if it does. */
    Object waitsOn;

    /** What it waits for, if it does; looked at by others, so it must not yield. */
    BooleanSupplier condition;

    long deadline = FOR_EVER;
    boolean notified;
    /** Does not begin before this step. */
    int notBefore;

    boolean ended;
    /** How often it was told that the scene is over. */
    int ends;

    int site;

    Task(Scheduler scheduler, int id, String name, Runnable body) {
        this.scheduler = scheduler;
        this.id = id;
        this.name = name;
        this.body = body;
    }

    boolean isCurrentThread() {
        return Thread.currentThread() == thread;
    }

    int begunAt() {
        return begunAt;
    }

    /** Lets it begin, or go on; called on the thread of whoever had the turn. */
    void grant() {
        if (begun) {
            granted = true;
            LockSupport.unpark(thread);
            return;
        }
        begun = true;
        begunAt = scheduler.steps();
        Carrier.carry(() -> {
            thread = (Carrier) Thread.currentThread();
            scheduler.live(this, body);
        });
    }

    /** The execution is over. */
    void free() {
        if (thread != null) {
            thread.free();
        }
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
