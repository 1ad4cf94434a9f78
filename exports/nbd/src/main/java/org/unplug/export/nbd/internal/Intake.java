package org.unplug.export.nbd.internal;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import org.unplug.nbd.Wire;

/**
 * What a client has sent and we have not used yet. One read brings as many requests as there are; the data of a long write
 * goes past this buffer, straight to where it is wanted, with just the next header's worth behind it.
 */
final class Intake {

    private static final int CAPACITY = 128 << 10;
    /** From which on data is not worth copying. */
    static final int LONG_BYTES = 16 << 10;
    /** What is read behind long data: a header, and little enough of the next data that copying it costs nothing. */
    private static final int BEHIND_BYTES = 1024;

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(CAPACITY).limit(0);
    private final ByteBuffer[] both = new ByteBuffer[2];
    private final Pace pace;
    private final Patience patience;
    private Wire wire;
    private int appetite = CAPACITY;

    /** @param patience for where the wire does not block */
    Intake(Wire wire, Pace pace, Patience patience) {
        this.wire = wire;
        this.pace = pace;
        this.patience = patience;
    }

    /** What is there, from position to limit; take from it. */
    ByteBuffer buffer() {
        return buffer;
    }

    /** Goes on over another wire. What the old one brought must have been used up. */
    void changeWire(Wire other) {
        wire = other;
    }

    /** Reads some, as {@link Wire#read}: blocks if that does. */
    int fill() throws IOException {
        return fill(buffer.hasRemaining());
    }

    /** The client is waited for elsewhere, until {@link #fill} is called again. */
    void isWaitedFor() {
        pace.reads(buffer.hasRemaining());
    }

    /** @param inside whether the client is in the middle of a message */
    private int fill(boolean inside) throws IOException {
        buffer.compact();
        if (buffer.position() + appetite < CAPACITY) {
            buffer.limit(buffer.position() + appetite);
        }
        appetite = CAPACITY;
        pace.reads(inside);
        int count;
        try {
            count = wire.read(buffer);
        } finally {
            buffer.flip();
            pace.hasRead();
        }
        return count;
    }

    /** Makes sure of so many bytes, at most the capacity. */
    void need(int bytes) throws IOException {
        while (buffer.remaining() < bytes) {
            more();
        }
    }

    private void more() throws IOException {
        int count = fill(true);
        if (count < 0) {
            throw new EOFException("the client went away in the middle of a message");
        }
        if (count == 0) {
            await();
        }
    }

    private void await() throws IOException {
        pace.reads(true);
        try {
            patience.await(SelectionKey.OP_READ);
        } finally {
            pace.hasRead();
        }
    }

    /** Fills another buffer up to its limit. */
    void read(ByteBuffer into) throws IOException {
        take(into);
        while (into.hasRemaining()) {
            if (into.remaining() < LONG_BYTES) {
                more();
                take(into);
            } else {
                readPast(into);
            }
        }
    }

    private void take(ByteBuffer into) {
        int count = Math.min(buffer.remaining(), into.remaining());
        if (count > 0) {
            into.put(into.position(), buffer, buffer.position(), count);
            into.position(into.position() + count);
            buffer.position(buffer.position() + count);
        }
    }

    /** This buffer is empty: it takes what comes behind the data. */
    private void readPast(ByteBuffer into) throws IOException {
        buffer.clear().limit(BEHIND_BYTES);
        both[0] = into;
        both[1] = buffer;
        pace.reads(true);
        long count;
        try {
            count = wire.read(both, 0, 2);
        } finally {
            buffer.flip();
            both[0] = null;
            pace.hasRead();
        }
        if (count < 0) {
            throw new EOFException("the client went away in the middle of a WRITE");
        }
        appetite = BEHIND_BYTES;
        if (count == 0) {
            await();
        }
    }

    /** Passes over so many bytes. */
    void skip(long bytes) throws IOException {
        long left = bytes;
        while (left > 0) {
            if (!buffer.hasRemaining()) {
                more();
            }
            int count = (int) Math.min(left, buffer.remaining());
            buffer.position(buffer.position() + count);
            left -= count;
        }
    }
}
