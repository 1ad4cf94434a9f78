package org.unplug.block.stack;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.unplug.block.Bio;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.block.spi.Request;

/**
 * A passage of several pieces, to one lower disk or to several: {@link #begin}, {@link #send} each piece, {@link #sent}. When
 * the last piece has ended, {@link #allEnded} ends the request: with the first error, unless overridden.
 *
 * <p>Pieces are kept with their bios and used again. Only a piece that is less than the whole request costs slices.
 */
public class Fan extends Passage {

    private final List<Piece> pieces = new ArrayList<>(2);
    private int used;
    private int outstanding;
    private BlockStatus failure;
    private boolean held;

    private final class Piece implements Bio.End {
        private DiskHandle madeBy;
        private Bio bio;

        @Override
        public void ended(Bio ended) {
            BlockStatus status = ended.status();
            boolean bufferHeld = ended.bufferHeld();
            DiskHandle by = madeBy;
            if (bufferHeld) {
                madeBy = null;
            }
            pieceEnded(by, status, bufferHeld);
            share();
        }
    }

    /** Begins to gather pieces; nothing ends before {@link #sent}. */
    public final void begin() {
        synchronized (this) {
            used = 0;
            outstanding = 1;
            failure = null;
            held = false;
        }
    }

    /** Sends the whole request to a sector of a lower disk. */
    public final void send(DiskHandle to, long sector) {
        send(to, request().op(), sector, 0, request().sectors());
    }

    /**
     * Sends a piece; its end may come before this returns. A lower disk that does not take its shape fails it with IOERR.
     *
     * @param op FLUSH, or the request's own operation, or for a WRITE_ZEROES or DISCARD another of these
     * @param sector where on the lower disk
     * @param offsetSectors where in the request it begins
     * @param sectors how long it is
     */
    public final void send(DiskHandle to, BioOp op, long sector, long offsetSectors, long sectors) {
        Piece piece;
        synchronized (this) {
            outstanding++;
            if (used == pieces.size()) {
                pieces.add(new Piece());
            }
            piece = pieces.get(used++);
        }
        try {
            if (piece.madeBy != to) {
                piece.bio = to.newBio().onEnd(piece);
                piece.madeBy = to;
            }
            set(piece.bio, op, sector, offsetSectors, sectors);
            to.submit(piece.bio);
        } catch (RuntimeException e) {
            pieceEnded(to, BlockStatus.IOERR, false);
            share();
        }
    }

    private void set(Bio bio, BioOp op, long sector, long offsetSectors, long sectors) {
        switch (op) {
            case READ -> bio.read(sector, part(request(), offsetSectors, sectors));
            case WRITE ->
                bio.write(sector, part(request(), offsetSectors, sectors))
                        .fua(request().fua());
            case FLUSH -> bio.flush();
            case DISCARD -> bio.discard(sector, sectors);
            case WRITE_ZEROES -> bio.writeZeroes(sector, sectors);
        }
    }

    /** The buffers of a part of a request; slices where it cuts one. */
    public static ByteBuffer[] part(Request request, long offsetSectors, long sectors) {
        List<ByteBuffer> part = new ArrayList<>(request.segmentCount());
        long skip = offsetSectors * DiskInfo.SECTOR_BYTES;
        long left = sectors * DiskInfo.SECTOR_BYTES;
        for (int i = 0; i < request.segmentCount() && left > 0; i++) {
            ByteBuffer segment = request.segment(i);
            int bytes = segment.remaining();
            if (skip >= bytes) {
                skip -= bytes;
                continue;
            }
            int length = (int) Math.min(bytes - skip, left);
            part.add(length == bytes ? segment : segment.slice(segment.position() + (int) skip, length));
            skip = 0;
            left -= length;
        }
        return part.toArray(new ByteBuffer[0]);
    }

    /** All pieces are sent; the request may end inside this call. */
    public final void sent() {
        share();
    }

    private void share() {
        synchronized (this) {
            if (--outstanding > 0) {
                return;
            }
        }
        allEnded();
    }

    /** A piece has ended, on the completing thread. Keeps the first error unless overridden. */
    protected void pieceEnded(DiskHandle to, BlockStatus status, boolean bufferHeld) {
        synchronized (this) {
            held |= bufferHeld;
            if (failure == null && status != BlockStatus.OK) {
                failure = status;
            }
        }
    }

    /** The last piece has ended. Ends the request unless overridden, which then does, now or later. */
    protected void allEnded() {
        end(failure(), isHeld());
    }

    /** The first error, or OK. */
    protected final synchronized BlockStatus failure() {
        return failure == null ? BlockStatus.OK : failure;
    }

    /** Whether some lower driver has not let go of the buffers. */
    protected final synchronized boolean isHeld() {
        return held;
    }
}
