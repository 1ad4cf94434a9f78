package org.unplug.driver.mmcsim;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Cells in memory, zero at first, taken from the heap piece by piece when first written. */
final class MemoryMedia implements Media {

    private static final int PIECE_BYTES = 1 << 20;
    private static final byte[] ZEROES = new byte[PIECE_BYTES];

    private final long bytes;
    private final byte[][] pieces;

    MemoryMedia(long bytes) {
        this.bytes = bytes;
        this.pieces = new byte[Math.toIntExact((bytes + PIECE_BYTES - 1) / PIECE_BYTES)][];
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public void read(long at, ByteBuffer into, int index, int length) {
        for (int done = 0; done < length; ) {
            int offset = offset(at + done);
            int part = Math.min(length - done, PIECE_BYTES - offset);
            byte[] piece = pieces[piece(at + done)];
            into.put(index + done, piece == null ? ZEROES : piece, offset, part);
            done += part;
        }
    }

    @Override
    public void write(long at, ByteBuffer from, int index, int length) {
        for (int done = 0; done < length; ) {
            int offset = offset(at + done);
            int part = Math.min(length - done, PIECE_BYTES - offset);
            int number = piece(at + done);
            if (pieces[number] == null) {
                pieces[number] = new byte[PIECE_BYTES];
            }
            from.get(index + done, pieces[number], offset, part);
            done += part;
        }
    }

    private static int piece(long at) {
        return (int) (at / PIECE_BYTES);
    }

    private static int offset(long at) {
        return (int) (at % PIECE_BYTES);
    }

    @Override
    public void close() {
        Arrays.fill(pieces, null);
    }
}
