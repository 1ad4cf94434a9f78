package org.unplug.export.nbd.internal;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.List;
import org.unplug.nbd.Wire;

/** A client that was recorded: its bytes, each read at most one portion of them; what is sent to it is kept. */
final class RecordedWire implements Wire {

    private final List<ByteBuffer> portions;
    private final Runnable beforeEachCall;
    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
    private int next;
    private boolean closed;

    RecordedWire(List<ByteBuffer> portions, Runnable beforeEachCall) {
        this.portions = portions;
        this.beforeEachCall = beforeEachCall;
    }

    /** What was sent to the client. */
    ByteBuffer sent() {
        return ByteBuffer.wrap(sent.toByteArray());
    }

    @Override
    public int read(ByteBuffer into) {
        beforeEachCall.run();
        while (next < portions.size() && !portions.get(next).hasRemaining()) {
            next++;
        }
        if (closed || next == portions.size()) {
            return -1;
        }
        ByteBuffer portion = portions.get(next);
        int count = Math.min(into.remaining(), portion.remaining());
        into.put(portion.slice(portion.position(), count));
        portion.position(portion.position() + count);
        return count;
    }

    @Override
    public long read(ByteBuffer[] into, int offset, int count) {
        return read(into[offset].hasRemaining() ? into[offset] : into[offset + 1]);
    }

    @Override
    public long write(ByteBuffer[] from, int offset, int count) {
        beforeEachCall.run();
        long written = 0;
        for (int i = offset; i < offset + count; i++) {
            written += from[i].remaining();
            while (from[i].hasRemaining()) {
                sent.write(from[i].get());
            }
        }
        return written;
    }

    @Override
    public SocketChannel channel() {
        throw new IllegalStateException("there is no TLS here");
    }

    @Override
    public void close() {
        closed = true;
    }
}
