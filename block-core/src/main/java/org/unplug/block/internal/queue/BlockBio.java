package org.unplug.block.internal.queue;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.unplug.block.Bio;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskInfo;
import org.unplug.block.spi.IoScheduler;

/**
 * The one implementation of {@link Bio}. Between submit and end it belongs to the core, and the cursor in it to the one
 * thread that issues its pieces; the count of pieces is shared.
 */
public final class BlockBio implements Bio, IoScheduler.Waiting {

    private static final VarHandle PIECES;
    private static final VarHandle UNDER_WAY;
    private static final VarHandle STATUS;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            PIECES = lookup.findVarHandle(BlockBio.class, "pieces", int.class);
            UNDER_WAY = lookup.findVarHandle(BlockBio.class, "underWay", boolean.class);
            STATUS = lookup.findVarHandle(BlockBio.class, "status", BlockStatus.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Who submits: knows the queue, and whether it may still. */
    public interface Source {
        RequestQueue queue();

        /** Whether its bios end GONE without being looked at. */
        boolean isClosed();

        /** The share of the disk that it asks for; see {@link org.unplug.block.Holder#ioWeight}. */
        default int weight() {
            return IoScheduler.DEFAULT_WEIGHT;
        }

        /** Whether it is the removal itself, which is let through when nobody else is. */
        default boolean isRemoval() {
            return false;
        }
    }

    /** What of it comes next: FUA on a device that lacks it is a write and then a flush. */
    enum Phase {
        MAIN,
        FLUSH_AFTER
    }

    private final Source source;
    private final RequestQueue queue;
    private final ByteBuffer[] single = new ByteBuffer[1];

    private BioOp op = BioOp.FLUSH;
    private long sector;
    private long sectors;
    private ByteBuffer[] segments = single;
    private boolean fua;
    private boolean mayBorrow;
    /** Ordered by the end, as the status is. */
    private ByteBuffer loan;

    private End end;
    /** Only through its handle: published by the end, for whoever polls it. */
    @SuppressWarnings("UnusedVariable")
    private BlockStatus status;
    /** Whether it belongs to the core; only through its handle. */
    @SuppressWarnings("UnusedVariable")
    private boolean underWay;

    /** Link in the one list that it may be in: a thread's submissions, a queue's pending ones, a thread's ended ones. */
    BlockBio next;

    /** Links in the chain of what a scheduler has; guarded by the wait list. */
    BlockBio nextOrdered;

    BlockBio previousOrdered;
    boolean isOrdered;
    /** When it began to wait. */
    long sinceNanos;

    Phase phase = Phase.MAIN;
    /** Whether it went through the usage gate, which its end then leaves. */
    boolean gated;
    /** Cursor: sectors that were issued, and where in the buffers the next begins. */
    long issued;

    int segmentIndex;
    int segmentOffset;

    /**
     * Pieces not yet done; the issuer's own share is one until it passes it on to the last piece. Whoever reads one while
     * having a share has the last: every other share was added before theirs was.
     */
    @SuppressWarnings("UnusedVariable")
    private int pieces;

    /** Ordered by the count of pieces, as is what follows. */
    private BlockStatus failure;

    private boolean held;

    public BlockBio(Source source) {
        this.source = source;
        this.queue = source.queue();
    }

    @Override
    public Bio read(long fromSector, ByteBuffer into) {
        return data(BioOp.READ, fromSector, into);
    }

    @Override
    public Bio read(long fromSector, ByteBuffer[] into) {
        return data(BioOp.READ, fromSector, into);
    }

    @Override
    public Bio write(long fromSector, ByteBuffer from) {
        return data(BioOp.WRITE, fromSector, from);
    }

    @Override
    public Bio write(long fromSector, ByteBuffer[] from) {
        return data(BioOp.WRITE, fromSector, from);
    }

    private Bio data(BioOp dataOp, long fromSector, ByteBuffer buffer) {
        requireIdle();
        single[0] = Objects.requireNonNull(buffer);
        return set(dataOp, fromSector, single, buffer.remaining());
    }

    private Bio data(BioOp dataOp, long fromSector, ByteBuffer[] buffers) {
        requireIdle();
        return set(dataOp, fromSector, buffers, remaining(buffers));
    }

    private static long remaining(ByteBuffer[] buffers) {
        long bytes = 0;
        for (ByteBuffer buffer : buffers) {
            bytes += buffer.remaining();
        }
        return bytes;
    }

    /** A bio that serves again may come with buffers that were read from since. */
    void requireBuffersAsSet() {
        long bytes = remaining(segments);
        if (bytes != sectors * DiskInfo.SECTOR_BYTES) {
            throw new IllegalArgumentException(op + " of " + sectors + " sectors with " + bytes
                    + " bytes in its buffers: they have changed since it was set");
        }
        for (ByteBuffer segment : segments) {
            if (op == BioOp.READ && segment.isReadOnly()) {
                throw new IllegalArgumentException(op + " into a buffer that is read-only");
            }
        }
    }

    private Bio set(BioOp newOp, long fromSector, ByteBuffer[] buffers, long bytes) {
        if (bytes % DiskInfo.SECTOR_BYTES != 0 || bytes == 0) {
            throw new IllegalArgumentException(
                    newOp + " of " + bytes + " bytes: must be a positive multiple of " + DiskInfo.SECTOR_BYTES);
        }
        op = newOp;
        sector = fromSector;
        sectors = bytes / DiskInfo.SECTOR_BYTES;
        segments = buffers;
        fua = false;
        mayBorrow = false;
        return this;
    }

    @Override
    public Bio flush() {
        return range(BioOp.FLUSH, 0, 0);
    }

    @Override
    public Bio discard(long fromSector, long count) {
        return range(BioOp.DISCARD, fromSector, count);
    }

    @Override
    public Bio writeZeroes(long fromSector, long count) {
        return range(BioOp.WRITE_ZEROES, fromSector, count);
    }

    private Bio range(BioOp newOp, long fromSector, long count) {
        requireIdle();
        if (newOp != BioOp.FLUSH && count <= 0) {
            throw new IllegalArgumentException(newOp + " of " + count + " sectors: must be positive");
        }
        op = newOp;
        sector = fromSector;
        sectors = count;
        single[0] = null;
        segments = single;
        fua = false;
        mayBorrow = false;
        return this;
    }

    @Override
    public Bio fua(boolean durable) {
        requireIdle();
        fua = durable;
        return this;
    }

    @Override
    public Bio mayBorrow(boolean may) {
        requireIdle();
        mayBorrow = may && op == BioOp.READ;
        return this;
    }

    /** Whether its owner takes loans. */
    boolean mayBorrow() {
        return mayBorrow;
    }

    /** Has the one request that it is bring it this memory. */
    void borrow(ByteBuffer memory) {
        loan = memory;
    }

    @Override
    public ByteBuffer takeLoan() {
        ByteBuffer lent = loan;
        if (lent != null) {
            requireIdle();
            loan = null;
        }
        return lent;
    }

    @Override
    public Bio onEnd(End action) {
        requireIdle();
        end = action;
        return this;
    }

    private void requireIdle() {
        if ((boolean) UNDER_WAY.getAcquire(this)) {
            throw new IllegalStateException("the bio is under way: " + this);
        }
    }

    @Override
    public BioOp op() {
        return op;
    }

    @Override
    public long sector() {
        return sector;
    }

    @Override
    public long sectors() {
        return sectors;
    }

    @Override
    public boolean isFua() {
        return fua;
    }

    @Override
    public BlockStatus status() {
        return (BlockStatus) STATUS.getAcquire(this);
    }

    @Override
    public boolean bufferHeld() {
        return held;
    }

    public Source source() {
        return source;
    }

    /** Its source's. */
    RequestQueue queue() {
        return queue;
    }

    @Override
    public long sinceNanos() {
        return sinceNanos;
    }

    @Override
    public Object holder() {
        return source;
    }

    @Override
    public int weight() {
        return source.weight();
    }

    ByteBuffer[] segments() {
        return segments;
    }

    /** Claims the bio for the core. Its owner is one thread at a time, so looking first is enough. */
    void begin() {
        if ((boolean) UNDER_WAY.getAcquire(this)) {
            throw new IllegalStateException("the bio is under way already: " + this);
        }
        UNDER_WAY.setRelease(this, true);
        status = null;
        failure = null;
        held = false;
        loan = null;
        gated = false;
        restart(Phase.MAIN);
    }

    /** Undoes {@link #begin} for a bio that was not submitted after all. */
    void giveBack() {
        UNDER_WAY.setVolatile(this, false);
    }

    /** Sets the cursor to the beginning of a phase, with the issuer's share. */
    void restart(Phase newPhase) {
        phase = newPhase;
        issued = 0;
        segmentIndex = 0;
        segmentOffset = 0;
        PIECES.set(this, 1);
    }

    /** One more piece besides the issuer's share. */
    void pieceIssued() {
        PIECES.getAndAdd(this, 1);
    }

    /** Undoes {@link #pieceIssued} for a piece that the driver had no room for; never the last share. */
    void pieceReturned() {
        PIECES.getAndAdd(this, -1);
    }

    /** A piece, or the issuer's share, is done; whether it was the last. The first failure stays. */
    boolean pieceDone(BlockStatus pieceStatus, boolean pieceHeld) {
        if (pieceStatus != BlockStatus.OK && failure == null) {
            failure = pieceStatus;
        }
        if (pieceHeld) {
            held = true;
        }
        return (int) PIECES.getAcquire(this) == 1 || (int) PIECES.getAndAdd(this, -1) == 1;
    }

    /** Ends it with an answer that needs no driver. */
    void answered(BlockStatus answer) {
        failure = answer == BlockStatus.OK ? null : answer;
    }

    BlockStatus outcome() {
        BlockStatus failed = failure;
        return failed == null ? BlockStatus.OK : failed;
    }

    /** Gives the bio back to its owner and tells them; it may be submitted again inside. */
    void finish(BlockStatus outcome) {
        End action = end;
        STATUS.setRelease(this, outcome);
        UNDER_WAY.setRelease(this, false);
        if (action != null) {
            action.ended(this);
        }
    }

    @Override
    public String toString() {
        BlockStatus ended = status();
        return op + " of " + sectors + " sectors at " + sector + (ended == null ? "" : ", " + ended);
    }
}
