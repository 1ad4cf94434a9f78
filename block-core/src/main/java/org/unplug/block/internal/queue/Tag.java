package org.unplug.block.internal.queue;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskInfo;
import org.unplug.block.spi.QueueLimits;
import org.unplug.block.spi.Request;

/**
 * A request slot. One word decides who ends the request that is in it: the driver's completion, a time-out, or removal; it
 * holds the slot's state and a generation, so that a decision about one request never hits the next one in the slot.
 *
 * <pre>
 *   FREE --load--> INFLIGHT --complete--> FREE          the driver ended it
 *                      \----abandon--> ABANDONED --complete--> FREE    the core ended it; the driver let go later
 *   FREE --rest--> RESTING --endRest--> FREE            the driver said AGAIN: it goes to the driver again, or ends GONE
 * </pre>
 */
final class Tag implements Request {

    private static final VarHandle WORD;

    static {
        try {
            WORD = MethodHandles.lookup().findVarHandle(Tag.class, "word", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Most buffers in a piece that is cut out of a larger bio. */
    static final int MAX_SLICES = 256;

    private static final int FREE = 0;
    private static final int INFLIGHT = 1;
    private static final int ABANDONED = 2;
    private static final int RESTING = 3;
    private static final int STATE_BITS = 2;
    private static final long STATE_MASK = (1 << STATE_BITS) - 1;

    private final RequestQueue queue;
    private final int number;
    private final int maxSlices;
    private final ByteBuffer[] single = new ByteBuffer[1];
    private ByteBuffer[] slices;

    private volatile long word;

    final Tally tally = new Tally();

    private BlockBio bio;
    /** The last of the bios that were merged behind it, or null. */
    private BlockBio mergedTail;

    private BioOp op;
    private long sector;
    private long sectors;
    private ByteBuffer[] segments;
    private int segmentCount;
    private boolean fua;
    /** Whether it is all of a bio whose owner takes loans. */
    private boolean borrows;
    /** What the driver lent; counts if its answer does. */
    private ByteBuffer loan;

    /** Where the bio's cursor stood, for a driver that has no room. */
    private int cursorSegment;

    private int cursorOffset;
    private boolean lastPiece;

    long deadlineNanos;

    /** The incarnation that the driver was asked to cancel. */
    volatile long cancelAsked;

    /** How often it was given to the driver again. */
    int tries;

    /** How it ended, between completion inside a driver call and the thread's coming to it. */
    BlockStatus status;

    boolean held;

    /** Link in a thread's list of what completed inside a driver call. */
    Tag next;

    Tag(RequestQueue queue, int number, int maxSegments) {
        this.queue = queue;
        this.number = number;
        maxSlices = Math.min(maxSegments, MAX_SLICES);
    }

    /** Takes the next piece of a bio. The caller owns the free slot and the bio's cursor. */
    void load(BlockBio owner, QueueLimits limits) {
        int maxSectors = limits.maxSectors();
        int blockSectors = limits.logicalBlockBytes() / 512;
        bio = owner;
        mergedTail = null;
        tries = 0;
        next = null;
        loan = null;
        cursorSegment = owner.segmentIndex;
        cursorOffset = owner.segmentOffset;
        if (owner.phase == BlockBio.Phase.FLUSH_AFTER) {
            op = BioOp.FLUSH;
        } else {
            op = owner.op();
        }
        fua = owner.isFua() && limits.fua() && op == BioOp.WRITE;
        if (op == BioOp.FLUSH) {
            sector = 0;
            sectors = 0;
            segmentCount = 0;
            lastPiece = true;
            borrows = false;
            return;
        }
        long left = owner.sectors() - owner.issued;
        sector = owner.sector() + owner.issued;
        ByteBuffer[] all = owner.segments();
        if (!op.hasData()) {
            sectors = Math.min(left, limits.maxRangeSectors() / blockSectors * blockSectors);
            segmentCount = 0;
        } else if (owner.issued == 0 && left <= maxSectors && all.length <= limits.maxSegments()) {
            sectors = left;
            keep(all);
        } else {
            slice(owner, all, Math.min(left, maxSectors), blockSectors);
        }
        owner.issued += sectors;
        lastPiece = owner.issued == owner.sectors();
        borrows = owner.mayBorrow() && sectors == owner.sectors();
    }

    /**
     * Copies the references: the bio's own array is its owner's again when it ended, and a driver over whose head it was ended may
     * still look.
     */
    private void keep(ByteBuffer[] all) {
        segmentCount = all.length;
        if (all.length == 1) {
            single[0] = all[0];
            segments = single;
        } else if (all.length <= maxSlices) {
            if (slices == null) {
                slices = new ByteBuffer[maxSlices];
            }
            System.arraycopy(all, 0, slices, 0, all.length);
            segments = slices;
        } else {
            segments = all.clone();
        }
    }

    /**
     * Cuts a piece of up to so many sectors, whole logical blocks, out of the bio's buffers. Never comes out empty:
     * {@link RequestQueue#check} refuses buffers that split a block among too many.
     */
    private void slice(BlockBio owner, ByteBuffer[] all, long sectorsWanted, int blockSectors) {
        if (slices == null) {
            slices = new ByteBuffer[maxSlices];
        }
        long blockBytes = blockSectors * 512L;
        long bytesWanted = sectorsWanted / blockSectors * blockBytes;
        long bytes = 0;
        int count = 0;
        int index = owner.segmentIndex;
        int offset = owner.segmentOffset;
        while (bytes < bytesWanted && count < maxSlices) {
            ByteBuffer buffer = all[index];
            int length = (int) Math.min(buffer.remaining() - offset, bytesWanted - bytes);
            if (length > 0) {
                slices[count++] = buffer.slice(buffer.position() + offset, length);
                bytes += length;
                offset += length;
            }
            if (offset == buffer.remaining()) {
                index++;
                offset = 0;
            }
        }
        long excess = bytes % blockBytes;
        bytes -= excess;
        while (excess > 0) {
            ByteBuffer lastSlice = slices[count - 1];
            int cut = (int) Math.min(excess, lastSlice.remaining());
            lastSlice.limit(lastSlice.limit() - cut);
            excess -= cut;
            if (!lastSlice.hasRemaining()) {
                count--;
            }
        }
        owner.segmentIndex = cursorSegment;
        owner.segmentOffset = cursorOffset;
        advance(owner, all, bytes);
        segments = slices;
        segmentCount = count;
        sectors = bytes / 512;
    }

    private static void advance(BlockBio owner, ByteBuffer[] all, long bytes) {
        long left = bytes;
        while (left > 0) {
            int rest = all[owner.segmentIndex].remaining() - owner.segmentOffset;
            if (left >= rest) {
                left -= rest;
                owner.segmentIndex++;
                owner.segmentOffset = 0;
            } else {
                owner.segmentOffset += (int) left;
                left = 0;
            }
        }
    }

    RequestQueue queue() {
        return queue;
    }

    /**
     * Takes another whole bio behind the one that was loaded, if it goes on where this request ends and both fit in one.
     * The request then carries both, linked by their next fields.
     */
    boolean merge(BlockBio follower, int maxSectors, int maxSegments) {
        if (follower.op() != op
                || !op.hasData()
                || !lastPiece
                || bio.sectors() != sectors && mergedTail == null
                || bio.isFua()
                || follower.isFua()
                || follower.issued != 0
                || follower.sector() != sector + sectors
                || sectors + follower.sectors() > maxSectors) {
            return false;
        }
        ByteBuffer[] more = follower.segments();
        if (segmentCount + more.length > Math.min(maxSegments, maxSlices)) {
            return false;
        }
        if (slices == null) {
            slices = new ByteBuffer[maxSlices];
        }
        if (segments != slices) {
            System.arraycopy(segments, 0, slices, 0, segmentCount);
            segments = slices;
        }
        System.arraycopy(more, 0, slices, segmentCount, more.length);
        segmentCount += more.length;
        sectors += follower.sectors();
        follower.issued = follower.sectors();
        if (mergedTail == null) {
            bio.next = follower;
        } else {
            mergedTail.next = follower;
        }
        mergedTail = follower;
        return true;
    }

    boolean isMerged() {
        return mergedTail != null;
    }

    boolean isLastPiece() {
        return lastPiece;
    }

    BlockBio bio() {
        return bio;
    }

    /** From here on the driver, the timer and removal compete for it. */
    void start(long nowNanos, long timeoutNanos) {
        deadlineNanos = nowNanos + timeoutNanos;
        word = (word & ~STATE_MASK) + (1L << STATE_BITS) | INFLIGHT;
    }

    /** Whether this request is one of those whose latency is taken. */
    boolean isSampled() {
        return (word >>> STATE_BITS) % Counters.SAMPLING == 0;
    }

    /** What to hand to {@link #abandon} later: names this very request. */
    long incarnation() {
        return word;
    }

    static boolean isInFlight(long incarnation) {
        return (incarnation & STATE_MASK) == INFLIGHT;
    }

    /** Whether the driver has it, or has it still though the core has ended it. */
    static boolean isInDriver(long incarnation) {
        long state = incarnation & STATE_MASK;
        return state == INFLIGHT || state == ABANDONED;
    }

    /** The driver wants it again later: it keeps slot and content. Names the rest, for {@link #endRest}. */
    long rest() {
        long resting = word | RESTING;
        word = resting;
        return resting;
    }

    /** Whether the caller is the one who ends that rest, and owns the request then. */
    boolean endRest(long resting) {
        return (resting & STATE_MASK) == RESTING && WORD.compareAndSet(this, resting, resting & ~STATE_MASK);
    }

    /** Ends it over the driver's head, if it is still that request and nobody has ended it. The winner then finishes it. */
    boolean abandon(long incarnation) {
        return isInFlight(incarnation) && WORD.compareAndSet(this, incarnation, incarnation & ~STATE_MASK | ABANDONED);
    }

    /** Ends it for a driver that threw, unless it was ended already. */
    void completeIf(long incarnation, BlockStatus outcome) {
        if (isInFlight(incarnation) && WORD.compareAndSet(this, incarnation, incarnation & ~STATE_MASK)) {
            status = outcome;
            held = false;
            queue.completed(this);
        }
    }

    /** How a request was found that the driver declined, or that never reached it. */
    enum TakenBack {
        /** As it was: slot and bio are the caller's. */
        OURS,
        /** The core has ended it meanwhile: the slot is the caller's, the bio is not. */
        ENDED,
        /** The driver completed it and declined it: nothing is the caller's. */
        COMPLETED
    }

    /** The driver had no room, or was never called: takes the request back, as it was loaded. */
    TakenBack takeBack(long incarnation) {
        long free = incarnation & ~STATE_MASK;
        if (WORD.compareAndSet(this, incarnation, free)) {
            return TakenBack.OURS;
        }
        return WORD.compareAndSet(this, free | ABANDONED, free) ? TakenBack.ENDED : TakenBack.COMPLETED;
    }

    /** Sets the cursor of its bio, or of all that were merged, back to where it was before the load. */
    void rewind() {
        bio.issued = isMerged() ? 0 : bio.issued - sectors;
        bio.segmentIndex = cursorSegment;
        bio.segmentOffset = cursorOffset;
        if (isMerged()) {
            for (BlockBio one = bio.next; one != null; one = one.next) {
                one.issued = 0;
            }
        }
    }

    /** Forgets what it was about; the caller then gives the number back. */
    void clear() {
        bio = null;
        mergedTail = null;
        single[0] = null;
        if (segments != single && segments != null) {
            Arrays.fill(segments, null);
        }
        segments = null;
        loan = null;
        status = null;
    }

    /** What was lent, and forgets it: a request that the driver gets again is lent anew. */
    ByteBuffer takeLoan() {
        ByteBuffer lent = loan;
        if (lent != null) {
            loan = null;
        }
        return lent;
    }

    @Override
    public void complete(BlockStatus outcome) {
        complete(outcome, false);
    }

    @Override
    public void complete(BlockStatus outcome, boolean bufferHeld) {
        if (outcome == null) {
            throw new IllegalArgumentException("complete without a status: " + this);
        }
        long seen = word;
        while (true) {
            int state = (int) (seen & STATE_MASK);
            if (state == FREE || state == RESTING) {
                queue.violation("completed twice: " + this);
                return;
            }
            if (WORD.compareAndSet(this, seen, seen & ~STATE_MASK)) {
                if (state == INFLIGHT) {
                    status = outcome;
                    held = bufferHeld;
                    queue.completed(this);
                } else {
                    queue.letGo(this);
                }
                return;
            }
            seen = word;
        }
    }

    @Override
    public boolean isAbandoned() {
        return (word & STATE_MASK) == ABANDONED;
    }

    @Override
    public int tag() {
        return number;
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
    public int segmentCount() {
        return segmentCount;
    }

    @Override
    public ByteBuffer segment(int index) {
        return segments[index];
    }

    @Override
    public boolean fua() {
        return fua;
    }

    @Override
    public boolean mayLend() {
        return borrows && !isMerged();
    }

    @Override
    public void lend(ByteBuffer memory) {
        if (!mayLend()) {
            throw new IllegalStateException("this request takes no loan: " + this);
        }
        if (memory.remaining() != sectors * DiskInfo.SECTOR_BYTES) {
            throw new IllegalArgumentException("a loan of " + memory.remaining() + " bytes for a " + this);
        }
        loan = memory.isReadOnly() ? memory : memory.asReadOnlyBuffer();
    }

    @Override
    public long epoch() {
        return queue.epoch();
    }

    @Override
    public String toString() {
        return "request " + number + " (" + op + " of " + sectors + " sectors at " + sector + ") of " + queue.name();
    }
}
