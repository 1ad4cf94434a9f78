package org.unplug.fs.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.TreeMap;

/** A large disk that keeps only what is not as it was: sectors that were changed, over zeroes or over another content. */
final class SparseStore implements FakeDisk.Store {
    private static final int PIECE = 4096;
    private static final ByteBuffer ZEROES = ByteBuffer.allocate(PIECE);

    private final long size;
    private final byte[] below;
    private final Map<Long, byte[]> pieces = new TreeMap<>();
    private long puts;
    /** Of the write that reached furthest. */
    private long end;

    /** Zeroes. */
    SparseStore(long size) {
        this(size, new byte[0]);
    }

    /** @param below what it begins with; is not changed */
    SparseStore(long size, byte[] below) {
        this.size = size;
        this.below = below;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void get(long at, ByteBuffer into) {
        for (long next = at; into.hasRemaining(); ) {
            int inPiece = (int) (next % PIECE);
            int n = Math.min(into.remaining(), PIECE - inPiece);
            byte[] piece = pieces.get(next / PIECE);
            if (piece != null) {
                into.put(piece, inPiece, n);
            } else {
                int known = (int) Math.max(0, Math.min(n, below.length - next));
                into.put(below, (int) Math.min(next, below.length), known).put(ZEROES.slice(0, n - known));
            }
            next += n;
        }
    }

    @Override
    public void put(long at, ByteBuffer from) {
        puts++;
        end = Math.max(end, at + from.remaining());
        for (long next = at; from.hasRemaining(); ) {
            int inPiece = (int) (next % PIECE);
            int n = Math.min(from.remaining(), PIECE - inPiece);
            if (n == PIECE && isHole(next) && from.slice(from.position(), n).equals(ZEROES)) {
                from.position(from.position() + n);
            } else {
                from.get(pieces.computeIfAbsent(next / PIECE, this::copy), inPiece, n);
            }
            next += n;
        }
    }

    private boolean isHole(long at) {
        return at >= below.length && !pieces.containsKey(at / PIECE);
    }

    private byte[] copy(long piece) {
        byte[] bytes = new byte[PIECE];
        long at = piece * PIECE;
        if (at < below.length) {
            System.arraycopy(below, (int) at, bytes, 0, (int) Math.min(PIECE, below.length - at));
        }
        return bytes;
    }

    /** How much of it is kept. */
    long keptBytes() {
        return (long) pieces.size() * PIECE;
    }

    /** Whether something was written from a place on. */
    boolean wasWrittenFrom(long at) {
        return end > at;
    }

    /** How often something was written. */
    long puts() {
        return puts;
    }

    /** As a file with holes; the store is over zeroes. */
    void writeTo(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
            channel.write(ByteBuffer.allocate(1), size - 1);
            for (Map.Entry<Long, byte[]> piece : pieces.entrySet()) {
                channel.write(ByteBuffer.wrap(piece.getValue()), piece.getKey() * PIECE);
            }
        }
    }
}
