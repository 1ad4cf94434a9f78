package org.unplug.ref;

import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
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
 * <p>Where it matters who has a reference, it is taken as a {@link Hold}: the same count, with a name. A count that is all holds
 * lists each of its references by {@link #holders}. Short uses on a hot path are plain get and put.
 *
 * <p>The count saturates as Linux's refcount_t does: a count that grew absurd is pinned, since a leak is better than use
 * after release. All methods may be called by any thread and never block, but for the release action itself.
 */
public final class Kref {

    private static final int SATURATED = Integer.MAX_VALUE / 2;

    private final String what;
    private final Runnable release;
    private final AtomicInteger count;
    private final Leaks leaks;
    private final Set<Hold> holds = ConcurrentHashMap.newKeySet();

    /**
     * Counts one reference, the creator's own.
     *
     * @param what names the object in diagnoses
     * @param release runs once, on the thread of the last put, under whatever locks that thread holds
     */
    public Kref(String what, Runnable release) {
        this(what, null, release);
    }

    /**
     * Counts one reference, the creator's own, which {@link #own} gives a name.
     *
     * @param what names the object in diagnoses, and in what is held
     * @param leaks tracks the holds; null for none
     * @param release runs once, on the thread of the last put, under whatever locks that thread holds
     */
    public Kref(String what, Leaks leaks, Runnable release) {
        this(what, leaks, release, 1);
    }

    /** Begins with another count, for tests of saturation. */
    Kref(String what, Leaks leaks, Runnable release, int initial) {
        this.what = what;
        this.leaks = leaks;
        this.release = release;
        this.count = new AtomicInteger(initial);
    }

    /** A reference with a name. Whoever took it puts it, once, on any thread. */
    public final class Hold {
        private final Leaks.Ticket ticket;
        private final AtomicBoolean given = new AtomicBoolean();

        private Hold(Leaks.Ticket ticket) {
            this.ticket = ticket;
            holds.add(this);
        }

        /** Whose it is. */
        public Leaks.Held held() {
            return ticket.held();
        }

        /**
         * Gives the reference back.
         *
         * @return whether this was the last one, so that the object is released now
         * @throws IllegalStateException if this one was given back already; the count is as it was
         */
        public boolean put() {
            if (!given.compareAndSet(false, true)) {
                throw new IllegalStateException("put twice: " + held().what() + " by " + held().owner());
            }
            holds.remove(this);
            ticket.close();
            return Kref.this.put();
        }
    }

    /** Names the creator's reference; called by the creator, once. */
    public Hold own(String as, String owner, String holder) {
        return new Hold(requireLeaks().track(what, as, owner, holder));
    }

    /**
     * Takes a named reference unless the object is released.
     *
     * @param as how it is held, as "service"
     * @param owner the bundle
     * @param holder what the component calls itself, or empty
     * @return null if it is released
     */
    public Hold tryHold(String as, String owner, String holder) {
        return tryGet() ? new Hold(requireLeaks().track(what, as, owner, holder)) : null;
    }

    /**
     * As {@link #tryHold(String, String, String)}, for an object that holds as long as it is there.
     *
     * @param referent the object; see {@link Leaks#track(String, String, String, String, Object, Runnable)}
     * @param whenLost runs if it is collected unclosed, and then has to put the hold
     */
    public Hold tryHold(String as, String owner, String holder, Object referent, Runnable whenLost) {
        return tryGet() ? new Hold(requireLeaks().track(what, as, owner, holder, referent, whenLost)) : null;
    }

    private Leaks requireLeaks() {
        if (leaks == null) {
            throw new IllegalStateException(what + " was made without a tracker of holds");
        }
        return leaks;
    }

    /** Who holds it at some instant during the call, oldest first. */
    public List<Leaks.Held> holders() {
        return holds.stream()
                .map(Hold::held)
                .sorted(Comparator.comparingLong(Leaks.Held::serial))
                .toList();
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
