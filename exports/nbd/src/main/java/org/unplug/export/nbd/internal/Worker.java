package org.unplug.export.nbd.internal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.util.ArrayList;
import java.util.List;
import org.unplug.ref.Clockwork;

/** Takes turns from the line while it has a desk. */
final class Worker implements Runnable {
    /** A turn of this length is as a rule one that waited. */
    private static final long SLOW_NANOS = 5_000_000;

    private static final long BRIEF_NANOS = 1_000_000;

    private final Crew crew;
    private final Clockwork clockwork;
    final Desk desk;
    private final List<Place> told = new ArrayList<>();

    /** Guarded by the crew. */
    private Thread thread;

    private Place turn;

    Worker(Crew crew, Desk desk) {
        this.crew = crew;
        this.clockwork = crew.clockwork();
        this.desk = desk;
    }

    /** Whether the calling thread is this worker's; with the lock. */
    boolean isCaller() {
        return thread == Thread.currentThread();
    }

    /** Whose turn it has; null between two. With the lock. */
    Place turn() {
        return turn;
    }

    @Override
    public void run() {
        while (isNeeded()) {
            if (take()) {
                serve();
            } else {
                ask();
            }
        }
    }

    private boolean isNeeded() {
        synchronized (crew) {
            thread = Thread.currentThread();
            if (desk.worker != this) {
                return false;
            }
            if (crew.hasMembers() || desk.somebodyLeft) {
                return true;
            }
            desk.worker = null;
            crew.endIfAllHaveLeft();
            return false;
        }
    }

    /** Whether there is somebody whose turn it is. */
    private boolean take() {
        Worker successor;
        synchronized (crew) {
            turn = crew.line().next();
            if (turn == null) {
                return false;
            }
            turn.worker = this;
            turn.sinceNanos = clockwork.nanoTime();
            successor = turn.slow ? crew.replace(this) : null;
            if (!crew.line().isEmpty()) {
                crew.wakeSomebody();
            }
        }
        crew.begin(successor);
        return true;
    }

    private void serve() {
        Crew.Next next = Crew.Next.OVER;
        try {
            next = turn.member.turn();
        } finally {
            hasServed(next);
        }
    }

    private void hasServed(Crew.Next next) {
        synchronized (crew) {
            Place place = turn;
            turn = null;
            place.worker = null;
            place.slow = clockwork.nanoTime() - place.sinceNanos > SLOW_NANOS;
            crew.line().served(place, next);
            if (place.is(Place.State.LEFT)) {
                crew.leave(place.desk);
            } else if (place.is(Place.State.READY)) {
                if (desk.worker != this) {
                    // Whoever sits here now may have found the line empty.
                    crew.wakeSomebody();
                }
            } else if (place.unmute() && place.desk.asleep) {
                place.desk.wake();
            }
        }
    }

    /** Asks the selectors who has sent something, and waits at this desk's if there is nobody. */
    private void ask() {
        for (Desk other : others()) {
            ask(other, false);
        }
        boolean wait;
        synchronized (crew) {
            if (desk.asked) {
                // For an instant, by somebody else.
                clockwork.await(crew, BRIEF_NANOS);
                return;
            }
            desk.asked = true;
            wait = crew.line().isEmpty() && crew.hasMembers() && desk.worker == this;
            desk.asleep = wait;
            desk.somebodyLeft = false;
        }
        ask(desk, wait);
    }

    private List<Desk> others() {
        synchronized (crew) {
            List<Desk> others = new ArrayList<>();
            for (Desk each : crew.desks()) {
                if (each != desk && !each.asked) {
                    each.asked = true;
                    others.add(each);
                }
            }
            return others;
        }
    }

    private void ask(Desk asked, boolean wait) {
        try {
            if (wait) {
                asked.selector.select(this::isTold);
            } else {
                asked.selector.selectNow(this::isTold);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            hasAsked(asked);
        }
    }

    private void isTold(SelectionKey key) {
        told.add((Place) key.attachment());
    }

    private void hasAsked(Desk asked) {
        synchronized (crew) {
            asked.asked = false;
            if (asked != desk) {
                crew.notifyAll();
            } else {
                asked.asleep = false;
            }
            told.forEach(this::hasSent);
            told.clear();
        }
    }

    private void hasSent(Place place) {
        if (!crew.line().rouse(place) && place.is(Place.State.SERVED)) {
            // It has sent more than its worker has read so far, and is not told of again until its turn is over.
            place.mute();
        }
    }
}
