package org.unplug.fs.internal.nio;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Reads a file as a stream. What {@link java.nio.file.Files#copy} does with it goes in pieces as large as the file, up to a bound: each
 * piece costs a call of the other side's system.
 */
final class MountInputStream extends InputStream {
    private static final int PIECE_BYTES = 128 * 1024;

    private final MountChannel channel;

    /** Takes over the channel. */
    MountInputStream(MountChannel channel) {
        this.channel = channel;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        ByteBuffer wanted = ByteBuffer.wrap(into, offset, length);
        return length == 0 ? 0 : channel.read(wanted);
    }

    @Override
    public long transferTo(OutputStream out) throws IOException {
        Objects.requireNonNull(out, "out");
        // One byte more than there is: a piece that is not full is the last one, and nobody need ask again.
        byte[] piece = new byte[(int) Math.max(1, Math.min(PIECE_BYTES, left() + 1))];
        long done = 0;
        int n;
        do {
            n = channel.readFully(ByteBuffer.wrap(piece));
            out.write(piece, 0, n);
            done += n;
        } while (n == piece.length);
        return done;
    }

    private long left() throws IOException {
        return channel.size() - channel.position();
    }

    @Override
    public int available() throws IOException {
        return (int) Math.max(0, Math.min(Integer.MAX_VALUE, left()));
    }

    @Override
    public long skip(long count) throws IOException {
        long skipped = Math.max(0, Math.min(count, left()));
        if (skipped > 0) {
            channel.position(channel.position() + skipped);
        }
        return skipped;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
