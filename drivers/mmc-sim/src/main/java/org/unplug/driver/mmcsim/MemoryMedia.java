package org.unplug.driver.mmcsim;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/** Cells in memory, zero at first, taken from the heap piece by piece when first written, so that a large card is cheap. */
final class MemoryMedia implements Media {

    private static final int PIECE_BYTES = 1 << 20;
    private static final byte[] ZEROES = new byte[PIECE_BYTES];

    private final long bytes;
    private final Map<Long, byte[]> pieces = new HashMap<>();

    MemoryMedia(long bytes) {
        this.bytes = bytes;
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
    public boolean isMemory() {
        return true;
    }

    @Override
    public void read(long at, ByteBuffer into, int index, int length) {
        for (int done = 0; done < length; ) {
            int offset = offset(at + done);
            int part = Math.min(length - done, PIECE_BYTES - offset);
            into.put(index + done, pieces.getOrDefault(piece(at + done), ZEROES), offset, part);
            done += part;
        }
    }

    @Override
    public void write(long at, ByteBuffer from, int index, int length) {
        for (int done = 0; done < length; ) {
            int offset = offset(at + done);
            int part = Math.min(length - done, PIECE_BYTES - offset);
            from.get(index + done, pieces.computeIfAbsent(piece(at + done), p -> new byte[PIECE_BYTES]), offset, part);
            done += part;
        }
    }

    @Override
    public void zero(long at, long length) {
        for (long done = 0; done < length; ) {
            int offset = offset(at + done);
            int part = (int) Math.min(length - done, PIECE_BYTES - offset);
            byte[] piece = pieces.get(piece(at + done));
            if (part == PIECE_BYTES) {
                pieces.remove(piece(at + done));
            } else if (piece != null) {
                System.arraycopy(ZEROES, 0, piece, offset, part);
            }
            done += part;
        }
    }

    private static long piece(long at) {
        return at / PIECE_BYTES;
    }

    private static int offset(long at) {
        return (int) (at % PIECE_BYTES);
    }

    /** Does nothing: a card that was taken out keeps its content. */
    @Override
    public void close() {}
}
