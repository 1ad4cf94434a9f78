package org.unplug.block.internal.queue;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.unplug.block.Bio;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskInfo;
import org.unplug.block.DiskStatistics;
import org.unplug.block.TraceEvent;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.IoScheduler;
import org.unplug.block.spi.QueueLimits;
import org.unplug.ref.Clockwork;
import org.unplug.ref.Gate;

/**
 * A disk's queue: bios in, requests to the driver, ends out.
 *
 * <p><b>Theory of operation.</b> A bio enters the <em>usage</em> gate once and leaves it after its end action, so an empty
 * usage gate means that every accepted bio was answered and every answer delivered. Each batch of driver calls enters the
 * <em>calls</em> gate of the {@link DriverSlot}, so an empty calls gate means that no thread is inside the driver. The two
 * differ: a driver may complete a request long after, or before, the call that brought it returns.
 *
 * <p>A bio becomes one request, or several where limits demand; each takes a {@link Tag}. When tags run out, or the driver
 * has no room, the bio waits in the {@link WaitList}, and whoever frees a tag goes on with it.
 *
 * <p>Removal writes its flag first and looks at the tags second; a submitter starts its tag first and reads the flag second.
 * So either the submitter sees the flag or removal sees the tag. Ends run when the thread is outside the driver, so that a
 * slow end action is never mistaken for a stuck driver.
 *
 * <p>The mechanisms have a file each: {@link Dispatch} takes bios to the driver, {@link Completion} brings answers to their
 * ends, {@link Seat} is where the driver sits and is exchanged, {@link Reaper} ends what the driver does not,
 * {@link Observation} counts and traces. This class is what they share, and what disks see of them.
 *
 * <p>Lock order: the wait list's monitor is innermost.
 */
public final class RequestQueue {

    /** Those of the present driver; what cannot change in use is the same for all of them. */
    private volatile QueueLimits limits;

    /** A block's sectors less one: all bits that a sector's number must not have. A division costs what a request may. */
    private final long blockMask;

    private final Clockwork clockwork;
    private final Faults faults;

    private final Gate usage = new Gate();
    /** Ends that removers have on their own stacks. */
    private final AtomicLong excusedEnds = new AtomicLong();

    private final Reaper reaper;
    private final WaitList waiting;
    private final Observation seen;
    private final Seat seat;
    private final Dispatch dispatch;
    private final Completion completion;

    private volatile boolean aborting;
    private volatile DiskInfo info;

    /** The farthest that the disk ever ended. */
    private volatile long farthestSectors;

    /** What the queue says of a driver that broke its contract. */
    public interface Faults {
        /** One line; must not block. */
        void fault(String line);
    }

    public RequestQueue(
            DiskInfo info, QueueLimits limits, long timeoutMs, DiskDriver driver, Clockwork clockwork, Faults faults) {
        this.info = info;
        this.farthestSectors = info.capacitySectors();
        this.limits = limits;
        this.blockMask = limits.logicalBlockBytes() / DiskInfo.SECTOR_BYTES - 1L;
        this.clockwork = clockwork;
        this.faults = faults;
        this.waiting = new WaitList(this, faults);
        this.seen = new Observation(this, clockwork, faults);
        this.seat = new Seat(this, driver, clockwork, faults);
        this.reaper = new Reaper(this, limits.queueDepth(), timeoutMs, clockwork);
        this.dispatch = new Dispatch(this, limits.queueDepth(), clockwork, waiting, reaper);
        this.completion = new Completion(this, clockwork, dispatch, reaper);
    }

    String name() {
        return info.name();
    }

    long epoch() {
        return info.epoch();
    }

    Gate usage() {
        return usage;
    }

    Seat seat() {
        return seat;
    }

    Observation seen() {
        return seen;
    }

    boolean isAborting() {
        return aborting;
    }

    boolean refusesNow(BlockBio bio) {
        return aborting && !bio.source().isRemoval();
    }

    void fault(String line) {
        faults.fault(line);
    }

    void violation(String line) {
        faults.fault("driver of " + name() + " broke its contract: " + line);
    }

    // ---- submission

    /** Refuses a caller's mistake, before anything is submitted. */
    public void check(BlockBio bio) {
        if (bio.op() == BioOp.FLUSH) {
            return;
        }
        long sector = bio.sector();
        long sectors = bio.sectors();
        if (sector < 0 || sector > farthestSectors - sectors) {
            throw new IllegalArgumentException(bio.op() + " of " + sectors + " sectors at " + sector
                    + " reaches past the end of " + name() + " (" + info.capacitySectors() + " sectors)");
        }
        if (((sector | sectors) & blockMask) != 0) {
            throw new IllegalArgumentException(bio.op() + " of " + sectors + " sectors at " + sector
                    + " is not aligned to the " + limits.logicalBlockBytes() + " byte blocks of " + name());
        }
        if (bio.op().hasData()) {
            bio.requireBuffersAsSet();
            if (bio.segments().length > Math.min(limits.maxSegments(), Tag.MAX_SLICES)) {
                requireWholeBlocks(bio);
            }
        }
    }

    private void requireWholeBlocks(BlockBio bio) {
        for (ByteBuffer segment : bio.segments()) {
            if (segment.remaining() % limits.logicalBlockBytes() != 0) {
                throw new IllegalArgumentException(bio.op() + " in " + bio.segments().length + " buffers, more than "
                        + name() + " takes at once: each must hold whole blocks of " + limits.logicalBlockBytes()
                        + " bytes");
            }
        }
    }

    /** The answer to a bio that needs no driver, or null. */
    BlockStatus answerWithoutDriver(BlockBio bio) {
        BioOp op = bio.op();
        DiskInfo now = info;
        if (op != BioOp.FLUSH && bio.sector() > now.capacitySectors() - bio.sectors()) {
            return BlockStatus.IOERR;
        }
        if (op.modifies() && now.readOnly()) {
            return BlockStatus.PROTECTED;
        }
        return switch (op) {
            case READ, WRITE -> null;
            case FLUSH -> limits.writeCache() ? null : BlockStatus.OK;
            case DISCARD -> limits.discard() ? null : BlockStatus.NOTSUPP;
            case WRITE_ZEROES -> limits.writeZeroes() ? null : BlockStatus.NOTSUPP;
        };
    }

    /** Submits a checked bio; see {@link org.unplug.block.DiskHandle#submit}. */
    public static void submit(BlockBio bio) {
        bio.begin();
        Submission submission = Submission.current();
        submission.add(bio);
        submission.runUnlessActive();
    }

    /** Submits checked bios of one handle as one batch; none if one of them is under way. */
    public static void submit(Bio[] bios, int from, int to) {
        for (int i = from; i < to; i++) {
            try {
                ((BlockBio) bios[i]).begin();
            } catch (IllegalStateException underWay) {
                for (int begun = from; begun < i; begun++) {
                    ((BlockBio) bios[begun]).giveBack();
                }
                throw underWay;
            }
        }
        Submission submission = Submission.current();
        for (int i = from; i < to; i++) {
            submission.add((BlockBio) bios[i]);
        }
        submission.runUnlessActive();
    }

    /**
     * Has another thread take up what this one has put off, since this one is about to wait: for the outcome of some of that,
     * perhaps.
     */
    public static void handOver(Clockwork clockwork) {
        Runnable putOff = Submission.current().handOver();
        if (putOff != null) {
            clockwork.execute("what " + Thread.currentThread().getName() + " has put off", putOff);
        }
    }

    /** Takes this thread's bios for this queue to the driver, as one batch. */
    void dispatch(Submission submission) {
        dispatch.dispatch(submission);
    }

    void runWaiting(Submission submission) {
        dispatch.runWaiting(submission);
    }

    /** The driver has room again. */
    public void restart() {
        dispatch.restart();
    }

    // ---- completion

    /** The driver completed; may be inside its call, so the rest is put off until the thread is outside. */
    void completed(Tag tag) {
        Submission submission = Submission.current();
        submission.addDone(tag);
        submission.runUnlessActive();
    }

    /** The driver let go of a request that the core had ended. */
    void letGo(Tag tag) {
        dispatch.recycle(tag);
        restart();
    }

    /** Brings what this queue's driver has completed on this thread to its ends. */
    void finish(Submission submission) {
        completion.finish(submission);
    }

    void shareDone(BlockBio bio, BlockStatus status, boolean held, Submission submission) {
        completion.shareDone(bio, status, held, submission);
    }

    void end(BlockBio bio, Submission submission) {
        completion.end(bio, submission);
    }

    boolean abandon(Tag tag, long incarnation, BlockStatus status) {
        return completion.abandon(tag, incarnation, status);
    }

    void endResting(Tag tag, long resting) {
        completion.endResting(tag, resting);
    }

    void askCancel(Tag tag) {
        seat.askCancel(tag, null);
    }

    /** Asks only if it is that driver's turn still. */
    void askCancel(Tag tag, DriverSlot only) {
        seat.askCancel(tag, only);
    }

    // ---- observation and change

    /** See {@link org.unplug.block.DiskControl#trace}; one tracer at a time, the last one wins. */
    public AutoCloseable trace(Consumer<TraceEvent> to) {
        return seen.trace(to);
    }

    public DiskStatistics statistics() {
        return seen.statistics(reaper.tallies(), reaper.abandoned(), usage.inside());
    }

    public DiskInfo info() {
        return info;
    }

    /** The disk has another capacity from now on. */
    public void resize(DiskInfo now) {
        farthestSectors = Math.max(farthestSectors, now.capacitySectors());
        info = now;
    }

    /** Orders what waits by a scheduler from now on; null for none. Nothing is lost; {@link #restart} comes next. */
    public void use(IoScheduler.Order order) {
        waiting.use(order);
    }

    /** Whether a scheduler orders what waits; one that failed does no more. */
    public boolean isOrdered() {
        return waiting.isOrdering();
    }

    // ---- exchange of the driver

    /** The driver behind the queue, or null once it was let go. */
    public DiskDriver driver() {
        return seat.driver();
    }

    /**
     * Lets nothing into the driver any more - what comes waits - and waits until it has nothing. One freeze at a time; the
     * caller sees to that, and calls {@link #thaw} in either case.
     *
     * @return false if that took too long, or the disk is being removed
     */
    public boolean freeze(long deadlineNanos) {
        return seat.freeze(deadlineNanos);
    }

    /** The first half of {@link #freeze}: lets nothing into the driver, and does not wait. */
    public void hold() {
        seat.hold();
    }

    /** The limits of the present driver. */
    public QueueLimits limits() {
        return limits;
    }

    /** Whether a queue that was made for one driver can lead to another one with such limits. */
    public static boolean canFollow(QueueLimits old, QueueLimits next) {
        return old.logicalBlockBytes() == next.logicalBlockBytes()
                && old.maxSectors() == next.maxSectors()
                && old.maxSegments() == next.maxSegments()
                && old.queueDepth() == next.queueDepth();
    }

    /**
     * Puts another driver in the place of the present one. In a frozen queue the old one has no request any more; else it keeps
     * those it has, and the new one must not mind that it gets none of the same tags until they end.
     *
     * @param nextLimits such as this queue {@linkplain #canFollow can follow}
     * @return false if the disk is being removed
     */
    public boolean replace(DiskDriver next, QueueLimits nextLimits) {
        if (!canFollow(limits, nextLimits)) {
            throw new IllegalArgumentException("the queue of " + name() + " cannot follow " + nextLimits);
        }
        if (!seat.replace(next)) {
            return false;
        }
        limits = nextLimits;
        return true;
    }

    /**
     * Asks the present driver, and never one that takes its place, to cancel everything it has. What is returned calls the driver:
     * may block.
     */
    public Runnable hurry() {
        DriverSlot present = seat.slot();
        return () -> reaper.cancelAll(present);
    }

    public void thaw() {
        seat.thaw();
        restart();
    }

    /** Waits until no thread is inside a driver that was replaced, but the caller. */
    public boolean awaitRetired(long deadlineNanos) {
        return seat.awaitRetired(deadlineNanos);
    }

    /** Whether the driver has no request at all, not even one that the core has ended. */
    boolean isVacant() {
        return reaper.isVacant();
    }

    // ---- removal

    /** R1: from now on every bio that comes ends GONE. */
    public void refuse() {
        usage.kill();
    }

    /** Whether bios that come end GONE. */
    public boolean refuses() {
        return usage.isKilled();
    }

    /** How many accepted bios have not ended. */
    public long inFlight() {
        return usage.inside();
    }

    /** How many accepted bios have ended GONE. */
    public long endedGone() {
        return seen.goneCount();
    }

    /** How many requests removal ended over the driver's head. */
    public long abandoned() {
        return reaper.abandoned();
    }

    /** Ends GONE what waits, and asks the driver to cancel what it has. Runs end actions and driver calls: may block. */
    public void abort() {
        stopIssuing();
        dispatch.abortWaiting();
        reaper.endResting();
        reaper.cancelAll();
    }

    /** No request is given to the driver any more; never blocks. */
    public void stopIssuing() {
        aborting = true;
        seat.recheck();
    }

    /** Ends GONE, over the driver's head, everything it has. Runs end actions: may block. */
    public void abandonAll() {
        reaper.abandonAll();
    }

    /** The requests with which the calling thread is inside the driver, which cannot end while it waits. */
    public Runnable abandonOwn() {
        List<Submission.Carried> own = Submission.current().carrying(this);
        return own.isEmpty() ? null : () -> own.forEach(c -> reaper.abandonGone(c.tag(), c.incarnation()));
    }

    /**
     * Has removal not wait (1), or wait again (-1), for what the calling thread itself holds up: the end actions and driver calls
     * of this queue on its stack.
     */
    public void excuse(int sign) {
        Submission submission = Submission.current();
        excusedEnds.addAndGet(sign * submission.endingIn(this));
        submission.excuseCalls(this, sign);
        recheck();
    }

    /** How many end actions are not to be waited for. */
    public long excusedEnds() {
        return excusedEnds.get();
    }

    public boolean awaitDrained(long deadlineNanos, LongSupplier excused) {
        return usage.awaitDrained(clockwork, deadlineNanos, excused);
    }

    /** Shuts the driver and waits until no thread is inside it but the excused ones; after {@link #stopIssuing}. */
    public boolean awaitQuiet(long deadlineNanos) {
        return seat.awaitQuiet(deadlineNanos);
    }

    /** Makes waiters look again, after what is excused has changed. */
    public void recheck() {
        usage.recheck();
    }

    /** Who is inside, a line each, for a report. */
    public List<String> inside() {
        return Submission.inside(this);
    }

    /** Forgets whether anything was written; the next flush covers what was. */
    public boolean takeWroteSinceFlush() {
        return completion.takeWroteSinceFlush();
    }

    /** Lets the driver go; nobody is inside. */
    public void dropDriver() {
        seat.drop();
        reaper.stop();
        dispatch.stop();
    }

    /** Whether the driver has no request that the core still waits for. */
    public boolean isIdle() {
        return reaper.isIdle();
    }

    /** For callers that wait: the clock and the monitors of this queue. */
    public Clockwork clockwork() {
        return clockwork;
    }
}
