package org.unplug.export.nbd.internal;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import org.unplug.nbd.Wire;

/**
 * Waits for a client in the middle of something, where its channel does not block: the {@link Crew} serves it. That is rare, and
 * so each time has a selector of its own.
 */
final class Patience {

    private final Wire wire;
    private final Runnable beforeWaiting;

    /** Guarded by this. */
    private final List<Selector> waiting = new ArrayList<>();

    private boolean closed;

    /** @param beforeWaiting told on the thread that is about to wait */
    Patience(Wire wire, Runnable beforeWaiting) {
        this.wire = wire;
        this.beforeWaiting = beforeWaiting;
    }

    /**
     * Returns when the channel may be ready, or is closed.
     *
     * @param operation as in {@link java.nio.channels.SelectionKey}
     * @throws ClosedChannelException if the connection is closed
     */
    void await(int operation) throws IOException {
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
