package org.unplug.export.nbd.internal;

import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** A connection's place in a {@link Crew}, which guards it. */
final class Place {

    /** Where its connection is. */
    enum State {
        /** With the selector. */
        WATCHED,
        /** In the line. */
        READY,
        /** With a worker. */
        SERVED,
        /** Gone. */
        LEFT;

        private static final Map<State, Set<State>> ARROWS = new EnumMap<>(State.class);

        static {
            ARROWS.put(WATCHED, EnumSet.of(READY));
            ARROWS.put(READY, EnumSet.of(SERVED));
            ARROWS.put(SERVED, EnumSet.of(WATCHED, READY, LEFT));
            ARROWS.put(LEFT, EnumSet.noneOf(State.class));
        }
    }

    private final Crew crew;
    final Crew.Member member;
    final Desk desk;
    /** Set before the selector tells of it. */
    SelectionKey key;

    private State state = State.WATCHED;
    /** Whether it is to have another turn, whatever this one says. */
    boolean roused;
    /** Whether the selector was asked not to tell of it. */
    private boolean muted;
    /** Whether its last turn was slow: the next is taken for one that waits from the beginning. */
    boolean slow;
    /** Who has its turn; null between two. */
    Worker worker;

    long sinceNanos;

    Place(Crew crew, Crew.Member member, Desk desk) {
        this.crew = crew;
        this.member = member;
        this.desk = desk;
    }

    /** Has it have a turn though its client has sent nothing: it was closed. Any thread may call; never blocks. */
    void rouse() {
        crew.rouse(this);
    }

    /** The calling thread is about to wait. If it has this member's turn, nobody else waits for the end of that. */
    void holdsUp() {
        crew.holdsUp(this);
    }

    boolean is(State asked) {
        return state == asked;
    }

    void moveTo(State next) {
        if (!State.ARROWS.get(state).contains(next)) {
            throw new IllegalStateException("a connection that is " + state + " cannot become " + next);
        }
        state = next;
    }

    /** The selector does not tell of it until its turn is over. */
    void mute() {
        muted = true;
        interest(0);
    }

    /** The selector tells of it again; whether it did not. */
    boolean unmute() {
        boolean was = muted;
        if (was) {
            muted = false;
            interest(SelectionKey.OP_READ);
        }
        return was;
    }

    private void interest(int operations) {
        try {
            key.interestOps(operations);
        } catch (CancelledKeyException closed) {
            // Whoever has closed it rouses it.
            return;
        }
    }
}
