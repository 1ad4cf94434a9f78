package org.unplug.export.nbd.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.util.function.Consumer;
import org.unplug.nbd.Transmission;
import org.unplug.nbd.Wire;
import org.unplug.ref.Clockwork;

/**
 * Sends what is over. Whoever has the <em>turn</em> takes everything there is, sends it in one write, gives the operations
 * back, and looks again; whoever comes meanwhile leaves theirs behind. The reading thread takes the turn itself, so that
 * where a disk answers at once no other thread is needed. A disk's own thread must not wait for a client: it gives the turn
 * to a writing thread, which comes when it is first needed and goes when it was not for a while.
 *
 * <p>Once the connection is lost nothing is sent any more, and operations are given back all the same.
 */
final class Outbox {

    private static final int MOST_FRAMES = 64;
    private static final int MOST_BYTES = 512 << 10;
    private static final long WRITER_IDLE_NANOS = 5_000_000_000L;

    private final String name;
    private final Wire wire;
    private final Replies replies;
    private final Operations operations;
    private final Counters counters;
    private final Pace pace;
    private final Patience patience;
    private final Clockwork clockwork;
    private final Consumer<IOException> onFailure;

    /** Guarded by this, down to the line. */
    private Operation first;

    private Operation last;
    private boolean turnTaken;
    private boolean writerIsThere;
    private boolean writerHasTurn;
    private boolean closed;

    // Whoever has the turn.
    private final ByteBuffer heads = ByteBuffer.allocateDirect(MOST_FRAMES * Replies.MOST_HEAD_BYTES);
    private final ByteBuffer[] frames = new ByteBuffer[2 * MOST_FRAMES + 1];
    private boolean failed;

    Outbox(
            String name,
            Wire wire,
            Replies replies,
            Operations operations,
            Counters counters,
            Pace pace,
            Patience patience,
            Clockwork clockwork,
            Consumer<IOException> onFailure) {
        this.name = name;
        this.wire = wire;
        this.replies = replies;
        this.operations = operations;
        this.counters = counters;
        this.pace = pace;
        this.patience = patience;
        this.clockwork = clockwork;
        this.onFailure = onFailure;
    }

    /** Sends a chain, on the calling thread if the turn is free; that may block. */
    void send(Operation chainFirst, Operation chainLast) {
        synchronized (this) {
            append(chainFirst, chainLast);
            if (turnTaken) {
                return;
            }
            turnTaken = true;
        }
        drain();
    }

    /** Has one sent, by another thread; never blocks. */
    void add(Operation operation) {
        boolean start;
        synchronized (this) {
            append(operation, operation);
            if (turnTaken) {
                return;
            }
            turnTaken = true;
            writerHasTurn = true;
            start = !writerIsThere;
            writerIsThere = true;
            if (!start) {
                notifyAll();
            }
        }
        if (start) {
            clockwork.execute(name + " writer", this::write);
        }
    }

    private void append(Operation chainFirst, Operation chainLast) {
        if (first == null) {
            first = chainFirst;
        } else {
            last.next = chainFirst;
        }
        last = chainLast;
    }

    private void write() {
        while (awaitTurn()) {
            drain();
        }
    }

    /** Whether the writer has the turn; else it ends. */
    private synchronized boolean awaitTurn() {
        long deadline = clockwork.nanoTime() + WRITER_IDLE_NANOS;
        while (!writerHasTurn) {
            long left = deadline - clockwork.nanoTime();
            if (left <= 0 || closed) {
                writerIsThere = false;
                return false;
            }
            clockwork.await(this, left);
        }
        writerHasTurn = false;
        return true;
    }

    /** Lets the writer go. What comes later is given back without being sent. */
    synchronized void close() {
        closed = true;
        notifyAll();
    }

    /** With the turn, until there is nothing left. */
    private void drain() {
        Operation chain = takeSome();
        while (chain != null) {
            if (!failed) {
                try {
                    sendAll(chain);
                } catch (IOException e) {
                    failed = true;
                    onFailure.accept(e);
                }
            }
            counters.add(chain);
            operations.give(chain);
            chain = takeSome();
        }
    }

    /** The next chain, not longer than one write; none gives the turn back. */
    private synchronized Operation takeSome() {
        Operation chain = first;
        if (chain == null) {
            turnTaken = false;
            return null;
        }
        int count = 0;
        int bytes = 0;
        Operation end = null;
        while (first != null && count < MOST_FRAMES && bytes < MOST_BYTES) {
            end = first;
            count++;
            bytes += end.slotBytes();
            settle(end);
            first = end.next;
        }
        end.next = null;
        if (first == null) {
            last = null;
        }
        return chain;
    }

    /** What is over with a request of several pieces: only its last one says so. The order of sending is the order here. */
    private static void settle(Operation operation) {
        Pieces pieces = operation.pieces;
        operation.last = pieces == null || pieces.done(operation.error);
        if (pieces != null && operation.last && operation.command != Transmission.CMD_READ) {
            operation.error = pieces.error();
        }
    }

    private void sendAll(Operation chain) throws IOException {
        int count = 0;
        heads.clear();
        for (Operation each = chain; each != null; each = each.next) {
            if (replies.isFrame(each)) {
                count += replies.frame(each, frames, count);
            } else if (each.last) {
                replies.head(heads, each);
            }
        }
        heads.flip();
        if (heads.hasRemaining()) {
            frames[count++] = heads;
        }
        write(frames, count);
    }

    /** Writes all of the buffers. With the turn, or while nothing is under way. */
    void write(ByteBuffer[] buffers, int count) throws IOException {
        int from = 0;
        while (from < count) {
            pace.writes();
            if (wire.write(buffers, from, count - from) == 0) {
                patience.await(SelectionKey.OP_WRITE);
            }
            pace.hasWritten();
            while (from < count && !buffers[from].hasRemaining()) {
                buffers[from++] = null;
            }
        }
    }
}
