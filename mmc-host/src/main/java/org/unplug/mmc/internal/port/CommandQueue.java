package org.unplug.mmc.internal.port;

import java.util.ArrayDeque;
import java.util.Deque;
import org.unplug.mmc.spi.MmcError;
import org.unplug.mmc.spi.MmcRequest;
import org.unplug.ref.Clockwork;

/**
 * Gives an adapter one request at a time; the others wait here. It is what claiming the host is in the kernel.
 *
 * <p>Giving a request may complete it on the spot, which may bring the next one: whoever is giving goes on giving, and a
 * completion inside of it only leaves its request here. So the stack does not grow with the queue.
 *
 * <p>The adapter is called and completions are told outside the monitor.
 */
public final class CommandQueue {

    private static final long CANCEL_GRACE_MS = 200;

    private final GatedHost host;
    private final Clockwork clockwork;
    private final Deque<Entry> waiting = new ArrayDeque<>();
    private Entry active;
    private boolean giving;

    private static final class Entry {
        final CardLink link;
        final MmcRequest request;
        final MmcRequest.Done done;
        boolean given;
        boolean ended;

        Entry(CardLink link, MmcRequest request, MmcRequest.Done done) {
            this.link = link;
            this.request = request;
            this.done = done;
        }
    }

    public CommandQueue(GatedHost host, Clockwork clockwork) {
        this.host = host;
        this.clockwork = clockwork;
    }

    /** Queues a request; it ends once, perhaps before this returns, with NO_MEDIUM if its link is severed. Never waits. */
    public void submit(CardLink link, MmcRequest request, MmcRequest.Done done) {
        submit(new Entry(link, request, done), false);
    }

    /** Asks that a submitted request ends soon. Never waits. */
    public void cancel(MmcRequest request) {
        Entry unsent = null;
        boolean sent;
        synchronized (this) {
            sent = active != null && active.request == request;
            for (Entry entry : waiting) {
                if (entry.request == request) {
                    unsent = entry;
                }
            }
            if (unsent != null) {
                waiting.remove(unsent);
            }
        }
        if (unsent != null) {
            Entry dropped = unsent;
            request.begin(r -> ended(dropped));
            request.fail(MmcError.TIMEOUT);
        } else if (sent) {
            host.cancel(request);
        }
    }

    /**
     * Sends a request ahead of the others and waits for it, for its own time-out and a little more. After an exception of a
     * kind other than ANSWERED the request may still be the adapter's: drop it.
     */
    public void execute(CardLink link, MmcRequest request) throws MmcException {
        Entry entry = new Entry(link, request, r -> {});
        submit(entry, true);
        if (!awaitEnd(entry, request.timeoutMs(), true)) {
            cancel(request);
            if (!awaitEnd(entry, CANCEL_GRACE_MS, false)) {
                throw unfinished(entry);
            }
        }
        if (link.isSevered()) {
            throw new MmcException(
                    MmcException.Kind.SEVERED, MmcError.NO_MEDIUM, request + ": the card is being removed");
        }
        MmcError error = request.error();
        if (error != MmcError.NONE) {
            boolean sent;
            synchronized (this) {
                sent = entry.given;
            }
            throw new MmcException(
                    sent ? MmcException.Kind.ANSWERED : MmcException.Kind.NEVER_SENT, error, request + ": " + error);
        }
    }

    private MmcException unfinished(Entry entry) {
        return new MmcException(
                MmcException.Kind.UNFINISHED,
                MmcError.TIMEOUT,
                "the adapter has not completed " + entry.request + " though asked to");
    }

    private boolean awaitEnd(Entry entry, long timeoutMs, boolean untilSevered) {
        long deadline = clockwork.nanoTime() + timeoutMs * 1_000_000;
        synchronized (entry.link) {
            clockwork.awaitUntil(entry.link, deadline, () -> entry.ended || untilSevered && entry.link.isSevered());
            return entry.ended;
        }
    }

    private void submit(Entry entry, boolean first) {
        synchronized (this) {
            if (first) {
                waiting.addFirst(entry);
            } else {
                waiting.addLast(entry);
            }
        }
        give();
    }

    private void give() {
        while (true) {
            Entry next;
            synchronized (this) {
                if (giving || active != null) {
                    return;
                }
                next = waiting.poll();
                if (next == null) {
                    return;
                }
                active = next;
                giving = true;
                next.given = true;
            }
            next.request.begin(r -> ended(next));
            if (next.link.isSevered()) {
                next.request.fail(MmcError.NO_MEDIUM);
            } else {
                host.request(next.request);
            }
            synchronized (this) {
                giving = false;
            }
        }
    }

    private void ended(Entry entry) {
        host.trace().ended(entry.request);
        synchronized (this) {
            if (active == entry) {
                active = null;
            }
        }
        entry.done.done(entry.request);
        synchronized (entry.link) {
            entry.ended = true;
            entry.link.notifyAll();
        }
        give();
    }
}
