package org.unplug.nbd;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * A connection's bytes, plain or TLS. One thread reads and one writes at a time, the two independently. Follows the
 * channel's blocking mode: where that is non-blocking, zero means "not now".
 */
public interface Wire extends Closeable {

    /** Reads at least a byte into the buffers, in order; -1 at the end. */
    long read(ByteBuffer[] into, int offset, int count) throws IOException;

    /** Reads at least a byte; -1 at the end. */
    int read(ByteBuffer into) throws IOException;

    /** Writes from the buffers, in order; a blocking channel takes everything of what it began with. */
    long write(ByteBuffer[] from, int offset, int count) throws IOException;

    /** Whether something that {@link #write} took is not yet with the channel; write again, with nothing, when it has room. */
    default boolean hasPending() {
        return false;
    }

    /** What it runs over. */
    SocketChannel channel();

    /** Whether it is encrypted. */
    default boolean isSecure() {
        return false;
    }

    /** Closes the channel; whoever reads or writes fails at once. Any thread may call; idempotent. */
    @Override
    void close() throws IOException;

    /** A wire without TLS. The wire owns the channel. */
    static Wire plain(SocketChannel channel) {
        return new PlainWire(channel);
    }
}
