package org.unplug.export.nbd.internal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.unplug.nbd.Wire;
import org.unplug.ref.Clockwork;

/** A server's connections, wherever they come from: lets them in, looks whether they get on, and sees them off. */
final class Sessions {

    private static final long LOOK_MS = 500;
    private static final long CLOSE_NANOS = 5_000_000_000L;

    private final Session.Means means;
    private final Clockwork clockwork;

    /** Guarded by this, as all below. */
    private final Map<Long, Session> sessions = new LinkedHashMap<>();

    private long lastNumber;
    private boolean closed;
    private Clockwork.Timer sweep = () -> {};

    Sessions(Session.Means means) {
        this.means = means;
        clockwork = means.clockwork();
        sweepLater();
    }

    /** Serves a connection on a thread of its own, or closes it at once. Never blocks. */
    void welcome(String peer, Wire wire) {
        Session session = null;
        boolean tooMany;
        synchronized (this) {
            tooMany = !closed && sessions.size() >= means.limits().connections();
            if (!closed && !tooMany) {
                long number = ++lastNumber;
                session = new Session(number, peer, wire, means, () -> over(number));
                sessions.put(number, session);
                means.crew().count(sessions.size());
            }
        }
        if (session != null) {
            clockwork.execute(session.name(), session);
            return;
        }
        if (tooMany) {
            means.report()
                    .lost("nbd client (" + peer + "): there are "
                            + means.limits().connections() + " connections; refused");
        }
        closeQuietly(wire);
    }

    private static void closeQuietly(Wire wire) {
        try {
            wire.close();
        } catch (IOException e) {
            // The descriptor is gone either way.
            return;
        }
    }

    private synchronized void over(long number) {
        sessions.remove(number);
        means.crew().count(sessions.size());
        notifyAll();
    }

    private void sweepLater() {
        Clockwork.Timer next = clockwork.schedule(LOOK_MS, this::look);
        synchronized (this) {
            if (!closed) {
                sweep = next;
                return;
            }
        }
        next.cancel();
    }

    private void look() {
        all().forEach(Session::look);
        sweepLater();
    }

    synchronized List<Session> all() {
        return new ArrayList<>(sessions.values());
    }

    /** Lets nobody in from now on; false if that was so already. */
    boolean shut() {
        synchronized (this) {
            if (closed) {
                return false;
            }
            closed = true;
            sweep.cancel();
            return true;
        }
    }

    /** Lets clients linger; returns when no session is left, or after some seconds. */
    void seeOff() {
        long lingerMs = means.limits().lingerMs();
        all().forEach(session -> session.retire("the server has stopped", lingerMs));
        long deadline = clockwork.nanoTime() + lingerMs * 1_000_000 + CLOSE_NANOS;
        synchronized (this) {
            clockwork.awaitUntil(this, deadline, sessions::isEmpty);
        }
        means.crew().close();
    }
}
