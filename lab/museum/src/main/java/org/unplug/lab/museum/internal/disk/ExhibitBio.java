package org.unplug.lab.museum.internal.disk;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.unplug.block.Bio;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskInfo;
import org.unplug.block.spi.QueueLimits;

/** A bio of an exhibit. */
final class ExhibitBio implements Bio {

    private final Part part;
    private BioOp op = BioOp.FLUSH;
    private long sector;
    private long sectors;
    private ByteBuffer[] segments = {};
    private boolean fua;
    private End end;
    private boolean underWay;
    private int left;
    private BlockStatus worst = BlockStatus.OK;
    private volatile BlockStatus status;

    ExhibitBio(Part part) {
        this.part = part;
    }

    Part part() {
        return part;
    }

    private synchronized Bio set(BioOp newOp, long from, long count, ByteBuffer... buffers) {
        if (underWay) {
            throw new IllegalStateException("the bio is under way: " + this);
        }
        op = newOp;
        sector = from;
        sectors = count;
        segments = buffers;
        fua = false;
        return this;
    }

    private Bio data(BioOp newOp, long from, ByteBuffer... buffers) {
        long bytes = 0;
        for (ByteBuffer buffer : buffers) {
            bytes += buffer.remaining();
        }
        if (bytes == 0 || bytes % DiskInfo.SECTOR_BYTES != 0) {
            throw new IllegalArgumentException(newOp + " of " + bytes + " bytes: must be a positive multiple of 512");
        }
        return set(newOp, from, bytes / DiskInfo.SECTOR_BYTES, buffers);
    }

    @Override
    public Bio read(long from, ByteBuffer into) {
        return data(BioOp.READ, from, into);
    }

    @Override
    public Bio read(long from, ByteBuffer[] into) {
        return data(BioOp.READ, from, into);
    }

    @Override
    public Bio write(long to, ByteBuffer from) {
        return data(BioOp.WRITE, to, from);
    }

    @Override
    public Bio write(long to, ByteBuffer[] from) {
        return data(BioOp.WRITE, to, from);
    }

    @Override
    public Bio flush() {
        return set(BioOp.FLUSH, 0, 0);
    }

    @Override
    public Bio discard(long from, long count) {
        return set(BioOp.DISCARD, from, count);
    }

    @Override
    public Bio writeZeroes(long from, long count) {
        return set(BioOp.WRITE_ZEROES, from, count);
    }

    @Override
    public synchronized Bio fua(boolean durable) {
        fua = durable;
        return this;
    }

    @Override
    public synchronized Bio onEnd(End action) {
        end = action;
        return this;
    }

    @Override
    public synchronized BioOp op() {
        return op;
    }

    @Override
    public synchronized long sector() {
        return sector;
    }

    @Override
    public synchronized long sectors() {
        return sectors;
    }

    @Override
    public synchronized boolean isFua() {
        return fua;
    }

    @Override
    public BlockStatus status() {
        return status;
    }

    @Override
    public boolean bufferHeld() {
        return false;
    }

    /** Whether its driver has nothing to do for it. */
    boolean isEmptyFlush(QueueLimits limits) {
        return op() == BioOp.FLUSH && !limits.writeCache();
    }

    /** Cuts it for the driver. From here until its end it belongs to the exhibit. */
    synchronized List<Piece> begin(QueueLimits limits) {
        if (underWay) {
            throw new IllegalStateException("the bio is under way already: " + this);
        }
        if (sector < 0 || sector + sectors > part.info().capacitySectors()) {
            throw new IllegalArgumentException(this + ": past the end of " + part);
        }
        List<Piece> pieces = op.hasData() ? cut(limits) : List.of(piece(sector, sectors, List.of()));
        underWay = true;
        status = null;
        worst = BlockStatus.OK;
        left = pieces.size();
        return pieces;
    }

    private List<Piece> cut(QueueLimits limits) {
        List<Piece> pieces = new ArrayList<>();
        List<ByteBuffer> gathered = new ArrayList<>();
        int mostBytes = limits.maxSectors() * DiskInfo.SECTOR_BYTES;
        int bytes = 0;
        long at = sector;
        for (ByteBuffer segment : segments) {
            int from = segment.position();
            while (from < segment.limit()) {
                int take = Math.min(segment.limit() - from, mostBytes - bytes);
                gathered.add(segment.slice(from, take));
                from += take;
                bytes += take;
                if (bytes == mostBytes
                        || (gathered.size() == limits.maxSegments() && bytes % limits.logicalBlockBytes() == 0)) {
                    pieces.add(piece(at, bytes / DiskInfo.SECTOR_BYTES, gathered));
                    at += bytes / DiskInfo.SECTOR_BYTES;
                    gathered = new ArrayList<>();
                    bytes = 0;
                }
            }
        }
        if (bytes > 0) {
            pieces.add(piece(at, bytes / DiskInfo.SECTOR_BYTES, gathered));
        }
        return pieces;
    }

    private Piece piece(long from, long count, List<ByteBuffer> buffers) {
        return new Piece(part, op, from, count, buffers, fua, this::pieceEnded);
    }

    private void pieceEnded(BlockStatus pieceStatus) {
        BlockStatus outcome;
        End action;
        synchronized (this) {
            if (!pieceStatus.ok()) {
                worst = pieceStatus;
            }
            if (--left > 0) {
                return;
            }
            outcome = worst;
            underWay = false;
            status = outcome;
            action = end;
        }
        if (action != null) {
            action.ended(this);
        }
    }

    @Override
    public String toString() {
        return op + " of " + sectors + " sectors at " + sector;
    }
}
