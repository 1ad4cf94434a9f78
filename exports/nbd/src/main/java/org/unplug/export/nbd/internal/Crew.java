package org.unplug.export.nbd.internal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import org.unplug.ref.Clockwork;

/**
 * A few threads that serve a crowd of connections in turns.
 *
 * <p><b>Theory of operation.</b> With a thread for each of a hundred connections the kernel's scheduler decides who is served,
 * and it favours a few pairs of client and server that wake each other in quick succession. Here whoever has sent something
 * stands in one line, has one bounded turn, and goes to the line's end: nobody has a second turn before each who was waiting
 * had one. What a connection asks meanwhile gathers, and is served as one batch.
 *
 * <p>Each of a few <em>desks</em> has a worker, and a selector that watches its share of the connections. Workers take turns from
 * the one line. A worker that finds it empty asks all selectors but those that others are asking, and waits at its own. So nobody's
 * turn depends on how often the kernel lets one worker run.
 *
 * <p>A turn should not wait. One that has to, for a client or a disk, says so by {@link Place#holdsUp}, or is found out by a timer:
 * then another worker is called to the desk, and who has lost it ends with the turn.
 */
final class Crew {

    /** What is to follow a turn. */
    enum Next {
        /** The client is waited for. */
        AWAIT,
        /** Something is left to do. */
        AGAIN,
        /** Nothing: the connection is closed. */
        OVER
    }

    /** A connection, between two turns. */
    interface Member {
        SocketChannel channel();

        /** Serves some of what has come. Throws nothing. */
        Next turn();
    }

    /** Where a member is. */
    private enum State {
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

    private static final long LOOK_MS = 50;
    private static final long LONG_NANOS = LOOK_MS * 1_000_000;
    /** A turn of this length is as a rule one that waited. */
    private static final long SLOW_NANOS = 5_000_000;

    private static final long BRIEF_NANOS = 1_000_000;

    private final String name;
    private final int crowd;
    private final Clockwork clockwork;
    private volatile int connections;

    /** Guarded by this, as all below. Empty until somebody joins, and once all have left after {@link #close}. */
    private final List<Desk> desks = new ArrayList<>();

    private final int mostDesks;
    private final Queue<Place> line = new ArrayDeque<>();
    private int members;
    private boolean looks;
    private boolean closed;

    /**
     * @param name of its threads
     * @param desks how many turns there are at once, but those that wait
     * @param crowd how many connections are one; fewer have a thread each
     */
    Crew(String name, int desks, int crowd, Clockwork clockwork) {
        this.name = name;
        this.mostDesks = desks;
        this.crowd = crowd;
        this.clockwork = clockwork;
    }

    /** So many connections there are now. */
    void count(int open) {
        connections = open;
    }

    /** Whether they are a crowd. */
    boolean isWanted() {
        return connections >= crowd;
    }

    /** Where a worker sits. Guarded by the crew. */
    private static final class Desk {
        private final Selector selector;
        /** Null while nobody is needed. */
        private Worker worker;
        /** Whether somebody asks the selector. */
        private boolean asked;
        /** Whether its worker waits there. */
        private boolean asleep;

        private int members;
        /** Whether the selector has to be asked so that it lets go of who has left. */
        private boolean somebodyLeft;

        private Desk(Selector selector) {
            this.selector = selector;
        }

        private void wake() {
            asleep = false;
            selector.wakeup();
        }
    }

    /** Whether every worker that has a desk waits there. */
    synchronized boolean isIdle() {
        return desks.stream().allMatch(desk -> desk.asleep);
    }

    /** A member's place in the crew. */
    final class Place {
        private final Member member;
        private final Desk desk;
        /** Set before the selector tells of it. */
        private SelectionKey key;

        /** Guarded by the crew, as all below. */
        private State state = State.WATCHED;
        /** Whether it is to have another turn, whatever this one says. */
        private boolean roused;
        /** Whether the selector was asked not to tell of it. */
        private boolean muted;
        /** Whether its last turn was slow: the next is taken for one that waits from the beginning. */
        private boolean slow;

        private Worker worker;
        private long sinceNanos;

        private Place(Member member, Desk desk) {
            this.member = member;
            this.desk = desk;
        }

        /** Has it have a turn though its client has sent nothing: it was closed. Never blocks. */
        void rouse() {
            synchronized (Crew.this) {
                if (state == State.WATCHED) {
                    lineUp(this);
                    wakeSomebody();
                } else {
                    roused = true;
                }
            }
        }

        /** The calling thread is about to wait. If it has this member's turn, nobody else waits for the end of that. */
        void holdsUp() {
            Worker successor;
            synchronized (Crew.this) {
                successor = worker != null && worker.thread == Thread.currentThread() ? replace(worker) : null;
            }
            begin(successor);
        }

        private void moveTo(State next) {
            if (!State.ARROWS.get(state).contains(next)) {
                throw new IllegalStateException("a connection that is " + state + " cannot become " + next);
            }
            state = next;
        }
    }

    /**
     * Takes a member in. It has a turn when its client has sent something; that may be under way before this returns.
     *
     * @return null if nobody is let in, for now or any more: it goes on by itself
     * @throws IOException if its channel is closed, or the like
     */
    Place join(Member member) throws IOException {
        Desk desk = admit();
        if (desk == null) {
            return null;
        }
        Place place = new Place(member, desk);
        try {
            member.channel().configureBlocking(false);
            place.key = member.channel().register(desk.selector, 0, place);
            place.key.interestOps(SelectionKey.OP_READ);
        } catch (IOException | CancelledKeyException e) {
            leave(desk);
            throw e instanceof IOException io ? io : new ClosedChannelException();
        }
        desk.selector.wakeup();
        return place;
    }

    /** A desk for a new member; null if there is none. */
    private Desk admit() {
        Desk least;
        List<Worker> called = new ArrayList<>();
        boolean lookLater;
        synchronized (this) {
            if (closed || !hasDesks()) {
                return null;
            }
            least = desks.get(0);
            for (Desk desk : desks) {
                least = desk.members < least.members ? desk : least;
                if (desk.worker == null) {
                    desk.worker = new Worker(desk);
                    called.add(desk.worker);
                }
            }
            least.members++;
            members++;
            lookLater = !looks;
            looks = true;
        }
        called.forEach(this::begin);
        if (lookLater) {
            clockwork.schedule(LOOK_MS, this::look);
        }
        return least;
    }

    private boolean hasDesks() {
        try {
            while (desks.size() < mostDesks) {
                desks.add(new Desk(Selector.open()));
            }
        } catch (IOException e) {
            // Out of descriptors, most likely.
            return !desks.isEmpty();
        }
        return !desks.isEmpty();
    }

    private synchronized void leave(Desk desk) {
        desk.members--;
        desk.somebodyLeft = true;
        desk.wake();
        members--;
        if (members == 0) {
            desks.forEach(Desk::wake);
        }
    }

    /** Lets nobody in any more. Who is there is served to the end. */
    synchronized void close() {
        closed = true;
        endIfAllHaveLeft();
    }

    private void endIfAllHaveLeft() {
        if (closed && members == 0 && desks.stream().allMatch(desk -> desk.worker == null)) {
            desks.forEach(desk -> closeQuietly(desk.selector));
            desks.clear();
        }
    }

    private static void closeQuietly(Selector selector) {
        try {
            selector.close();
        } catch (IOException e) {
            // Its descriptors are gone either way.
            return;
        }
    }

    private void begin(Worker worker) {
        if (worker != null) {
            clockwork.execute(name, worker);
        }
    }

    private void lineUp(Place place) {
        place.moveTo(State.READY);
        place.roused = false;
        line.add(place);
    }

    private void wakeSomebody() {
        for (Desk desk : desks) {
            if (desk.asleep) {
                desk.wake();
                return;
            }
        }
    }

    /** Sends a worker away from its desk, after its turn; who is to come instead, null if it was sent away before. */
    private Worker replace(Worker worker) {
        Desk desk = worker.desk;
        if (desk.worker != worker) {
            return null;
        }
        desk.worker = new Worker(desk);
        return desk.worker;
    }

    /** Looks whose turn takes long. */
    private void look() {
        List<Worker> called = new ArrayList<>();
        boolean lookLater;
        synchronized (this) {
            long now = clockwork.nanoTime();
            for (Desk desk : desks) {
                Place turn = desk.worker == null ? null : desk.worker.turn;
                if (turn != null && now - turn.sinceNanos > LONG_NANOS) {
                    called.add(replace(desk.worker));
                }
            }
            looks = members > 0;
            lookLater = looks;
        }
        called.forEach(this::begin);
        if (lookLater) {
            clockwork.schedule(LOOK_MS, this::look);
        }
    }

    /** Takes turns from the line while it has a desk. */
    private final class Worker implements Runnable {
        private final Desk desk;
        private final List<Place> told = new ArrayList<>();

        /** Guarded by the crew. */
        private Thread thread;

        private Place turn;

        private Worker(Desk desk) {
            this.desk = desk;
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
            synchronized (Crew.this) {
                thread = Thread.currentThread();
                if (desk.worker != this) {
                    return false;
                }
                if (members > 0 || desk.somebodyLeft) {
                    return true;
                }
                desk.worker = null;
                endIfAllHaveLeft();
                return false;
            }
        }

        /** Whether there is somebody whose turn it is. */
        private boolean take() {
            Worker successor;
            synchronized (Crew.this) {
                turn = line.poll();
                if (turn == null) {
                    return false;
                }
                turn.moveTo(State.SERVED);
                turn.worker = this;
                turn.sinceNanos = clockwork.nanoTime();
                successor = turn.slow ? replace(this) : null;
                if (!line.isEmpty()) {
                    wakeSomebody();
                }
            }
            begin(successor);
            return true;
        }

        private void serve() {
            Next next = Next.OVER;
            try {
                next = turn.member.turn();
            } finally {
                hasServed(next);
            }
        }

        private void hasServed(Next next) {
            synchronized (Crew.this) {
                Place place = turn;
                turn = null;
                place.worker = null;
                place.slow = clockwork.nanoTime() - place.sinceNanos > SLOW_NANOS;
                if (next == Next.OVER) {
                    place.moveTo(State.LEFT);
                    leave(place.desk);
                } else if (next == Next.AGAIN || place.roused) {
                    lineUp(place);
                    if (desk.worker != this) {
                        // Whoever sits here now may have found the line empty.
                        wakeSomebody();
                    }
                } else {
                    place.moveTo(State.WATCHED);
                    watchAgain(place);
                }
            }
        }

        private void watchAgain(Place place) {
            if (place.muted) {
                mute(place, false);
                if (place.desk.asleep) {
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
            synchronized (Crew.this) {
                if (desk.asked) {
                    // For an instant, by somebody else.
                    clockwork.await(Crew.this, BRIEF_NANOS);
                    return;
                }
                desk.asked = true;
                wait = line.isEmpty() && members > 0 && desk.worker == this;
                desk.asleep = wait;
                desk.somebodyLeft = false;
            }
            ask(desk, wait);
        }

        private List<Desk> others() {
            synchronized (Crew.this) {
                List<Desk> others = new ArrayList<>(desks.size());
                for (Desk each : desks) {
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
            synchronized (Crew.this) {
                asked.asked = false;
                if (asked != desk) {
                    Crew.this.notifyAll();
                } else {
                    asked.asleep = false;
                }
                told.forEach(this::hasSent);
                told.clear();
            }
        }

        private void hasSent(Place place) {
            if (place.state == State.WATCHED) {
                lineUp(place);
            } else if (place.state == State.SERVED) {
                // It has sent more than its worker has read so far, and is not told of again until its turn is over.
                mute(place, true);
            }
        }

        private static void mute(Place place, boolean muted) {
            place.muted = muted;
            try {
                place.key.interestOps(muted ? 0 : SelectionKey.OP_READ);
            } catch (CancelledKeyException closed) {
                // Whoever has closed it rouses it.
                return;
            }
        }
    }
}
