package org.unplug.export.nbd.internal;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import org.unplug.nbd.Wire;

/**
 * Waits for a client in the middle of something, where its channel does not block. A thread that serves it alone has its channel block again. In
 * the {@link Crew} a selector has it, and is not to lose it; there each time, which is rare, has a selector of its own.
 */
final class Patience {

    private final Wire wire;
    private final Runnable beforeWaiting;

    /** Guarded by this. */
    private final List<Selector> waiting = new ArrayList<>();

    private boolean closed;

    /** Whether the crew's selectors have the channel, or are about to. */
    private boolean shared;

    /** @param beforeWaiting told on the thread that is about to wait */
    Patience(Wire wire, Runnable beforeWaiting) {
        this.wire = wire;
        this.beforeWaiting = beforeWaiting;
    }

    /**
     * Returns when the channel may be ready, or blocks, or is closed.
     *
     * @param operation as in {@link java.nio.channels.SelectionKey}
     * @throws ClosedChannelException if the connection is closed
     */
    void await(int operation) throws IOException {
        if (blocksAgain()) {
            return;
        }
        beforeWaiting.run();
        try (Selector selector = Selector.open()) {
            wire.channel().register(selector, operation);
            begin(selector);
            try {
                selector.select();
            } finally {
                end(selector);
            }
        }
    }

    /** A channel that does not block is waited for by nobody for long, and so its mode changes at once. */
    private synchronized boolean blocksAgain() throws IOException {
        if (!shared) {
            wire.channel().configureBlocking(true);
        }
        return !shared;
    }

    /** Says whether the crew's selectors have the channel: before they get it, and from then on nobody has it block. */
    synchronized void isShared(boolean withCrew) {
        shared = withCrew;
    }

    private synchronized void begin(Selector selector) throws ClosedChannelException {
        if (closed) {
            throw new ClosedChannelException();
        }
        waiting.add(selector);
    }

    private synchronized void end(Selector selector) {
        waiting.remove(selector);
    }

    /** The connection is closed: whoever waits returns. Never blocks. */
    synchronized void close() {
        closed = true;
        waiting.forEach(Selector::wakeup);
    }
}
