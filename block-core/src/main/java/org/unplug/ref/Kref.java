package org.unplug.ref;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * A reference count. The object it guards is released exactly once, by the thread whose {@link #put} takes the count to
 * zero.
 *
 * <p>Three rules (Linux, Documentation/core-api/kref.rst):
 * <ol>
 *   <li>{@link #get} before a lasting copy of a reference is handed to another context, while holding one yourself;
 *   <li>{@link #put} when that copy is gone, and do not touch the object afterwards;
 *   <li>a look-up, which holds no reference yet, uses {@link #tryGet} and heeds its answer.
 * </ol>
 * Handing over your own reference needs neither. A result of false from {@code put} proves nothing: another thread may
 * release at any instant.
 *
 * <p>The count saturates as Linux's refcount_t does: a count that grew absurd is pinned, since a leak is better than use
 * after release. All methods may be called by any thread and never block, but for the release action itself.
 */
public final class Kref {

    private static final int SATURATED = Integer.MAX_VALUE / 2;

    private final String what;
    private final Runnable release;
    private final AtomicInteger count;

    /**
     * Counts one reference, the creator's own.
     *
     * @param what names the object in diagnoses
     * @param release runs once, on the thread of the last put, under whatever locks that thread holds
     */
    public Kref(String what, Runnable release) {
        this(what, release, 1);
    }

    /** Begins with another count, for tests of saturation. */
    Kref(String what, Runnable release, int initial) {
        this.what = what;
        this.release = release;
        this.count = new AtomicInteger(initial);
    }

    /**
     * Takes another reference for a caller that holds one already.
     *
     * @throws IllegalStateException if the object was released: the caller held no reference
     */
    public void get() {
        if (!tryGet()) {
            throw new IllegalStateException("get of " + what + " after its release");
        }
    }

    /** Takes a reference unless the object is released; for look-ups. */
    public boolean tryGet() {
        int seen = count.get();
        while (seen > 0) {
            if (seen >= SATURATED || count.compareAndSet(seen, seen + 1)) {
                return true;
            }
            seen = count.get();
        }
        return false;
    }

    /**
     * Gives a reference back.
     *
     * @return whether this was the last one, so that the object is released now
     * @throws IllegalStateException if nothing was left to give back
     */
    public boolean put() {
        int seen = count.get();
        while (true) {
            if (seen >= SATURATED) {
                return false;
            }
            if (seen <= 0) {
                throw new IllegalStateException("put of " + what + " without get");
            }
            if (count.compareAndSet(seen, seen - 1)) {
                break;
            }
            seen = count.get();
        }
        if (seen == 1) {
            release.run();
            return true;
        }
        return false;
    }

    /** How many references there are at some instant during the call; zero is final. */
    public int count() {
        return count.get();
    }

    @Override
    public String toString() {
        return what + " (" + count.get() + " references)";
    }
}
