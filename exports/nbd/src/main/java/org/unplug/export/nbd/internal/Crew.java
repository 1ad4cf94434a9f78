package org.unplug.export.nbd.internal;

import java.io.IOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.unplug.ref.Clockwork;

/**
 * A few threads that serve a crowd of connections in turns.
 *
 * <p><b>Theory of operation.</b> {@link Line} is the rule, {@link Worker} who follows it, and this lets connections in and sees that there
 * are as many workers as there are desks. With a thread for each of a hundred connections the kernel's scheduler decides who is served,
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

    private static final long LOOK_MS = 50;
    private static final long LONG_NANOS = LOOK_MS * 1_000_000;
    private final String name;
    private final int crowd;
    private final Clockwork clockwork;
    private volatile int connections;

    /** Guarded by this, as all below. Empty until somebody joins, and once all have left after {@link #close}. */
    private final List<Desk> desks = new ArrayList<>();

    private final int mostDesks;
    private final Line line = new Line();
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

    Clockwork clockwork() {
        return clockwork;
    }

    /** So many connections there are now. */
    void count(int open) {
        connections = open;
    }

    /** Whether they are a crowd. */
    boolean isWanted() {
        return connections >= crowd;
    }

    /** Whether every worker that has a desk waits there. */
    synchronized boolean isIdle() {
        return desks.stream().allMatch(desk -> desk.asleep);
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
        Place place = new Place(this, member, desk);
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
                    desk.worker = new Worker(this, desk);
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

    /** A member of this desk is no more. */
    synchronized void leave(Desk desk) {
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

    /** Whether anybody is left; with the lock. */
    boolean hasMembers() {
        return members > 0;
    }

    /** Who has something to be served, with the lock. */
    Line line() {
        return line;
    }

    /** With the lock. */
    List<Desk> desks() {
        return desks;
    }

    /** What follows when a worker has gone; with the lock. */
    void endIfAllHaveLeft() {
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

    /** Has a worker come; none for null. Without the lock. */
    void begin(Worker worker) {
        if (worker != null) {
            clockwork.execute(name, worker);
        }
    }

    /** See {@link Place#rouse}. */
    synchronized void rouse(Place place) {
        if (line.rouse(place)) {
            wakeSomebody();
        } else {
            place.roused = true;
        }
    }

    /** See {@link Place#holdsUp}. */
    void holdsUp(Place place) {
        Worker successor;
        synchronized (this) {
            Worker worker = place.worker;
            successor = worker != null && worker.isCaller() ? replace(worker) : null;
        }
        begin(successor);
    }

    /** With the lock. */
    void wakeSomebody() {
        for (Desk desk : desks) {
            if (desk.asleep) {
                desk.wake();
                return;
            }
        }
    }

    /** Sends a worker away from its desk, after its turn; who is to come instead, null if it was sent away before. With the lock. */
    Worker replace(Worker worker) {
        Desk desk = worker.desk;
        if (desk.worker != worker) {
            return null;
        }
        desk.worker = new Worker(this, desk);
        return desk.worker;
    }

    /** Looks whose turn takes long. */
    private void look() {
        List<Worker> called = new ArrayList<>();
        boolean lookLater;
        synchronized (this) {
            long now = clockwork.nanoTime();
            for (Desk desk : desks) {
                Place turn = desk.worker == null ? null : desk.worker.turn();
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
}
