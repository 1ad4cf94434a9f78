package org.unplug.export.nbd.internal;

import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLContext;
import org.unplug.block.DiskHandle;
import org.unplug.export.nbd.NbdServer.SessionInfo;
import org.unplug.nbd.ProtocolException;
import org.unplug.nbd.Wire;
import org.unplug.ref.Clockwork;

/**
 * One connection, from accept to close. It begins on a thread of its own and stays there while connections are few; among many
 * it joins the {@link Crew}, which serves it to the end.
 */
final class Session implements Runnable, Crew.Member {

    /** The life of a connection. */
    enum State {
        /** Options are haggled over; nothing is open. */
        HANDSHAKE,
        /** An export is open; requests pass. */
        TRANSMISSION,
        /** The client has said good-bye, or is to go: what is under way is answered. */
        ENDING,
        /** Cut off. Nothing is sent or received any more. */
        CLOSED;

        private static final Map<State, Set<State>> ARROWS = new EnumMap<>(State.class);

        static {
            ARROWS.put(HANDSHAKE, EnumSet.of(TRANSMISSION, CLOSED));
            ARROWS.put(TRANSMISSION, EnumSet.of(ENDING, CLOSED));
            ARROWS.put(ENDING, EnumSet.of(CLOSED));
            ARROWS.put(CLOSED, EnumSet.noneOf(State.class));
        }

        boolean canGoTo(State next) {
            return ARROWS.get(this).contains(next);
        }
    }

    /**
     * What a session works with, the same for all of a server.
     *
     * @param exports on offer
     * @param crew that serves those who are many
     * @param rivals of threads that stay awake
     * @param tls null where there is none
     * @param tlsRequired whether a client without it is turned away
     */
    record Means(
            Exports exports,
            Crew crew,
            Rivals rivals,
            Limits limits,
            SlotPool pool,
            Clockwork clockwork,
            SSLContext tls,
            boolean tlsRequired,
            Report report) {}

    /** Told what a person should know, in one line. */
    interface Report {
        /** A client was cut off, for its own fault or that of the way to it. */
        void lost(String line);
    }

    private final long number;
    private final String peer;
    private final Means means;
    private final Runnable whenOver;
    private final Counters counters = new Counters();
    private final Pace pace;
    private final Wire plain;
    private final Patience patience;

    /** Guarded by this; read without. */
    private volatile State state = State.HANDSHAKE;

    /** What is to be left in the end. Of the thread that serves. */
    private Export opened;

    private volatile Agreed agreed;
    private volatile Dispatcher dispatcher;
    /** With the crew; null with a thread of its own. */
    private volatile Place place;

    private Clockwork.Timer linger = () -> {};

    /**
     * Takes the wire over.
     *
     * @param plain without TLS, which the client may ask for
     */
    Session(long number, String peer, Wire plain, Means means, Runnable whenOver) {
        this.number = number;
        this.peer = peer;
        this.means = means;
        this.whenOver = whenOver;
        this.plain = plain;
        pace = new Pace(means.clockwork(), means.limits());
        patience = new Patience(plain, this::holdsUp);
    }

    String name() {
        return "nbd client " + number + " (" + peer + ")";
    }

    Counters counters() {
        return counters;
    }

    Pace pace() {
        return pace;
    }

    boolean isClosed() {
        return state == State.CLOSED;
    }

    private boolean moveTo(State next) {
        synchronized (this) {
            if (!state.canGoTo(next)) {
                return false;
            }
            state = next;
            return true;
        }
    }

    /** What a thread does for it. */
    private interface Part {
        /** As {@link Crew.Member#turn}, but that AWAIT says that the crew has it: it is not this thread's any more. */
        Crew.Next run() throws IOException;
    }

    @Override
    public void run() {
        perform(this::serveAlone);
    }

    @Override
    public Crew.Next turn() {
        return perform(this::serveSome);
    }

    @Override
    public SocketChannel channel() {
        return plain.channel();
    }

    private Crew.Next perform(Part part) {
        Crew.Next next = Crew.Next.OVER;
        try {
            next = leaveIfOver(part);
        } catch (ProtocolException e) {
            cutOff(e.getMessage());
        } catch (EOFException e) {
            cutOff(e.getMessage());
        } catch (ClosedChannelException closedByUs) {
            close();
        } catch (IOException e) {
            if (state == State.HANDSHAKE) {
                // It has asked what it wanted to know, and left.
                close();
            } else {
                lost(e);
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            cutOff("failed here: " + e);
        } finally {
            if (next == Crew.Next.OVER) {
                close();
                whenOver.run();
            }
        }
        return next;
    }

    /** Who sees the connection closed finds the disk closed. */
    private Crew.Next leaveIfOver(Part part) throws IOException {
        Crew.Next next = Crew.Next.OVER;
        try {
            next = part.run();
        } finally {
            if (next == Crew.Next.OVER && opened != null) {
                holdsUp();
                opened.leave(this);
            }
        }
        return next;
    }

    private Crew.Next serveAlone() throws IOException {
        Intake intake = new Intake(plain, pace, patience);
        Agreed chosen = new Negotiation(
                        means.exports(), this::open, means.tls(), means.tlsRequired(), plain, intake, pace)
                .run();
        if (chosen == null) {
            return Crew.Next.OVER;
        }
        pace.hasNegotiated();
        agreed = chosen;
        dispatcher = new Dispatcher(this, chosen, intake, patience, means);
        if (!moveTo(State.TRANSMISSION)) {
            return Crew.Next.OVER;
        }
        Vigil vigil = new Vigil(
                means.rivals(), chosen.wire().isSecure() ? 0 : means.limits().stayAwakeMicros() * 1000L);
        try {
            Crew.Next next = serveSome();
            while (next != Crew.Next.OVER) {
                if (next == Crew.Next.AWAIT) {
                    if (means.crew().isWanted() && !chosen.wire().isSecure() && joinsCrew()) {
                        return Crew.Next.AWAIT;
                    }
                    pause(vigil);
                }
                next = serveSome();
            }
            return next;
        } finally {
            vigil.stop();
        }
    }

    /** Has the next read come at once, behind a yield, or block. That a yield may do nothing or last is what the vigil is for. */
    @SuppressWarnings("ThreadPriorityCheck")
    private void pause(Vigil vigil) throws IOException {
        boolean awake = dispatcher.staysAwake(vigil, means.clockwork().nanoTime());
        if (awake) {
            // Nothing is under way, and so nobody is inside a write, which this would wait for.
            block(false);
            Thread.yield();
            vigil.hasYielded(means.clockwork().nanoTime());
        } else if (means.limits().stayAwakeMicros() > 0) {
            block(true);
        }
    }

    private void block(boolean blocks) throws IOException {
        SocketChannel channel = plain.channel();
        if (channel.isBlocking() != blocks) {
            channel.configureBlocking(blocks);
        }
    }

    private Crew.Next serveSome() throws IOException {
        Crew.Next next = dispatcher.turn();
        if (next == Crew.Next.OVER) {
            moveTo(State.ENDING);
            dispatcher.finish();
        } else if (isClosed()) {
            // Nothing more comes that would show it.
            throw new ClosedChannelException();
        }
        return next;
    }

    private boolean joinsCrew() throws IOException {
        patience.isShared(true);
        Place here = means.crew().join(this);
        if (here == null) {
            patience.isShared(false);
            return false;
        }
        place = here;
        if (isClosed()) {
            // Its closer saw no place yet.
            here.rouse();
        }
        return true;
    }

    private DiskHandle open(Export export) throws IOException {
        DiskHandle handle = export.join(this);
        opened = export;
        return handle;
    }

    /** The connection failed; on any of its threads. */
    void lost(IOException why) {
        String text = why.getMessage() == null ? why.toString() : why.getMessage();
        cutOff(text);
    }

    /** Closes, and says why, unless it was closed already. */
    void cutOff(String why) {
        if (close()) {
            means.report().lost(name() + ": " + why + "; closed");
        }
    }

    /** Looks whether the client gets on. */
    void look() {
        String complaint = pace.complaint();
        if (complaint != null) {
            cutOff(complaint);
        }
    }

    /** Has it end by itself, and cuts it off later. Never blocks. */
    void retire(String why, long grantedMs) {
        if (grantedMs <= 0) {
            cutOff(why);
            return;
        }
        synchronized (this) {
            if (state == State.CLOSED) {
                return;
            }
            linger.cancel();
            linger = means.clockwork().schedule(grantedMs, () -> cutOff(why));
        }
    }

    /** Cuts it off; whether it was not before. Never blocks. */
    boolean close() {
        if (!moveTo(State.CLOSED)) {
            return false;
        }
        synchronized (this) {
            linger.cancel();
        }
        Dispatcher running = dispatcher;
        if (running != null) {
            running.wake();
        }
        closeWire();
        patience.close();
        Place here = place;
        if (here != null) {
            here.rouse();
        }
        return true;
    }

    private void closeWire() {
        try {
            plain.close();
        } catch (IOException e) {
            // The descriptor is gone either way.
            return;
        }
    }

    /** The calling thread is about to wait for the client or the disk. */
    void holdsUp() {
        Place here = place;
        if (here != null) {
            here.holdsUp();
        }
    }

    SessionInfo info() {
        Agreed chosen = agreed;
        Dispatcher running = dispatcher;
        return new SessionInfo(
                number,
                peer,
                chosen == null ? "" : chosen.export().name(),
                state.name(),
                chosen != null && chosen.wire().isSecure(),
                chosen == null ? "" : chosen.form().name().toLowerCase(java.util.Locale.ROOT),
                counters.requests(),
                counters.errors(),
                counters.bytesRead(),
                counters.bytesWritten(),
                running == null ? 0 : running.inFlight());
    }
}
