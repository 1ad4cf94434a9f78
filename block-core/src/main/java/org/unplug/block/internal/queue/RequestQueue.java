package org.unplug.block.internal.queue;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.unplug.block.Bio;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskInfo;
import org.unplug.block.internal.queue.Submission.Where;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.QueueLimits;
import org.unplug.ref.Clockwork;
import org.unplug.ref.Gate;

/**
 * A disk's queue: bios in, requests to the driver, ends out.
 *
 * <p><b>Theory of operation.</b> A bio enters the <em>usage</em> gate once and leaves it after its end action, so an empty
 * usage gate means that every accepted bio was answered and every answer delivered. Each batch of driver calls enters the
 * <em>calls</em> gate, so an empty calls gate means that no thread is inside the driver. The two differ: a driver may
 * complete a request long after, or before, the call that brought it returns.
 *
 * <p>A bio becomes one request, or several where limits demand; each takes a {@link Tag}. When tags run out, or the driver
 * has no room, the bio waits in {@link #pending}, and whoever frees a tag goes on with it: the freeing thread gives the tag
 * first and reads the pending count second, the waiting one counts first and looks for tags second, so one of them sees the
 * other.
 *
 * <p>Removal writes its flag first and looks at the tags second; a submitter starts its tag first and reads the flag second.
 * So either the submitter sees the flag or removal sees the tag. Ends run when the thread is outside the driver, so that a
 * slow end action is never mistaken for a stuck driver.
 *
 * <p>Lock order: the monitor of {@link Pending} is innermost and nothing is called under it.
 */
public final class RequestQueue {

    private static final long BUSY_RETRY_MS = 3;

    private final DiskInfo info;
    private final QueueLimits limits;
    private final int blockSectors;
    private final Clockwork clockwork;
    private final Faults faults;

    private final Gate usage = new Gate();
    private final Gate calls = new Gate();
    private final Tags free;
    private final Reaper reaper;
    private volatile DiskDriver driver;

    private final Pending pending = new Pending();
    /** The driver had no room; until something completes, it says so, or the retry comes. */
    private volatile boolean blocked;

    private final AtomicBoolean retryArmed = new AtomicBoolean();
    private volatile Clockwork.Timer retry;

    private volatile boolean aborting;
    private volatile boolean wroteSinceFlush;
    private final AtomicLong endedGone = new AtomicLong();

    /** What the queue says of a driver that broke its contract. */
    public interface Faults {
        /** One line; must not block. */
        void fault(String line);
    }

    public RequestQueue(
            DiskInfo info, QueueLimits limits, long timeoutMs, DiskDriver driver, Clockwork clockwork, Faults faults) {
        this.info = info;
        this.limits = limits;
        this.blockSectors = limits.logicalBlockBytes() / DiskInfo.SECTOR_BYTES;
        this.driver = driver;
        this.clockwork = clockwork;
        this.faults = faults;
        this.free = new Tags(limits.queueDepth());
        this.reaper = new Reaper(this, limits.queueDepth(), timeoutMs, clockwork);
    }

    String name() {
        return info.name();
    }

    long epoch() {
        return info.epoch();
    }

    // ---- submission

    /** Refuses a caller's mistake, before anything is submitted. */
    public void check(BlockBio bio) {
        if (bio.op() == BioOp.FLUSH) {
            return;
        }
        long sector = bio.sector();
        long sectors = bio.sectors();
        if (sector < 0 || sector > info.capacitySectors() - sectors) {
            throw new IllegalArgumentException(bio.op() + " of " + sectors + " sectors at " + sector
                    + " reaches past the end of " + info.name() + " (" + info.capacitySectors() + " sectors)");
        }
        if (sector % blockSectors != 0 || sectors % blockSectors != 0) {
            throw new IllegalArgumentException(bio.op() + " of " + sectors + " sectors at " + sector
                    + " is not aligned to the " + limits.logicalBlockBytes() + " byte blocks of " + info.name());
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
                        + info.name() + " takes at once: each must hold whole blocks of " + limits.logicalBlockBytes()
                        + " bytes");
            }
        }
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
        boolean calling = enterDriver(submission);
        try {
            long now = clockwork.nanoTime();
            BlockBio bio = submission.pollFor(this);
            while (bio != null) {
                take(bio, submission, calling, now);
                bio = submission.pollFor(this);
            }
            commit(submission, calling);
        } finally {
            leaveDriver(submission, calling);
        }
        runPending(submission);
    }

    private boolean enterDriver(Submission submission) {
        if (!calls.enter()) {
            return false;
        }
        submission.enter(this, Where.QUEUE_REQUEST);
        return true;
    }

    private void leaveDriver(Submission submission, boolean calling) {
        if (calling) {
            submission.leave();
            calls.exit();
        }
    }

    private void commit(Submission submission, boolean calling) {
        DiskDriver target = driver;
        if (calling && target != null) {
            submission.now(Where.COMMIT, null);
            try {
                target.commit();
            } catch (Throwable t) {
                faults.fault("driver of " + info.name() + " threw from commit: " + t);
            }
        }
    }

    /** A bio that comes from its submitter, or comes back for its second phase. */
    private void take(BlockBio bio, Submission submission, boolean calling, long now) {
        BlockBio.Source source = bio.source();
        if (!bio.gated && !source.isRemoval()) {
            if (source.isClosed() || !usage.enter()) {
                bio.answered(BlockStatus.GONE);
                submission.addEnded(bio);
                return;
            }
            bio.gated = true;
            BlockStatus answer = answerWithoutDriver(bio.op());
            if (answer != null) {
                bio.answered(answer);
                submission.addEnded(bio);
                return;
            }
        }
        if (!pending.isEmpty() && !source.isRemoval()) {
            pending.addLast(bio);
        } else {
            issue(bio, submission, calling, now);
        }
    }

    private BlockStatus answerWithoutDriver(BioOp op) {
        if (op.modifies() && info.readOnly()) {
            return BlockStatus.PROTECTED;
        }
        return switch (op) {
            case READ, WRITE -> null;
            case FLUSH -> limits.writeCache() ? null : BlockStatus.OK;
            case DISCARD -> limits.discard() ? null : BlockStatus.NOTSUPP;
            case WRITE_ZEROES -> limits.writeZeroes() ? null : BlockStatus.NOTSUPP;
        };
    }

    /** Issues as much of the bio as there are tags and room; the rest waits at the head. The caller is inside if calling. */
    private void issue(BlockBio bio, Submission submission, boolean calling, long now) {
        while (true) {
            if (refusesNow(bio) || !calling) {
                shareDone(bio, BlockStatus.GONE, false, submission);
                return;
            }
            int number = free.take();
            if (number < 0) {
                pending.addFirst(bio);
                return;
            }
            Tag tag = reaper.tag(number, limits.maxSegments());
            tag.load(bio, limits.maxSectors(), limits.maxSegments(), blockSectors, limits.fua());
            boolean last = tag.isLastPiece();
            if (!last) {
                bio.pieceIssued();
            }
            if (!start(tag, submission, now)) {
                if (!last) {
                    bio.pieceReturned();
                }
                recycle(tag);
                blocked = true;
                pending.addFirst(bio);
                retryLater();
                return;
            }
            if (last) {
                return;
            }
        }
    }

    private boolean refusesNow(BlockBio bio) {
        return aborting && !bio.source().isRemoval();
    }

    /** Calls the driver. False if it has no room, and then the tag is the caller's again. */
    private boolean start(Tag tag, Submission submission, long now) {
        BlockBio bio = tag.bio();
        tag.start(now, reaper.timeoutNanos());
        long incarnation = tag.incarnation();
        reaper.arm();
        DiskDriver target = driver;
        if (refusesNow(bio) || target == null) {
            Tag.TakenBack taken = tag.takeBack(incarnation);
            recycle(tag);
            if (taken == Tag.TakenBack.OURS) {
                shareDone(bio, BlockStatus.GONE, false, submission);
            }
            return true;
        }
        submission.now(Where.QUEUE_REQUEST, tag);
        boolean accepted = true;
        try {
            accepted = target.queueRequest(tag);
        } catch (Throwable t) {
            faults.fault("driver of " + info.name() + " threw from queueRequest: " + t);
            tag.completeIf(incarnation, BlockStatus.IOERR);
        }
        if (!accepted) {
            submission.now(Where.QUEUE_REQUEST, null);
            return !declined(tag, incarnation);
        }
        if (aborting && tag.incarnation() == incarnation) {
            cancel(target, tag, submission);
        }
        submission.now(Where.QUEUE_REQUEST, null);
        return true;
    }

    /** Whether the driver's answer leaves the request to the caller. */
    private boolean declined(Tag tag, long incarnation) {
        Tag.TakenBack taken = tag.takeBack(incarnation);
        if (taken == Tag.TakenBack.ENDED) {
            recycle(tag);
        } else if (taken == Tag.TakenBack.COMPLETED) {
            violation("completed and declined: request " + tag.tag());
        }
        return taken == Tag.TakenBack.OURS;
    }

    private void cancel(DiskDriver target, Tag tag, Submission submission) {
        submission.now(Where.CANCEL, tag);
        try {
            target.cancel(tag);
        } catch (Throwable t) {
            faults.fault("driver of " + info.name() + " threw from cancel: " + t);
        }
    }

    private void recycle(Tag tag) {
        tag.clear();
        free.give(tag.tag());
    }

    // ---- waiting for tags or room

    /** Goes on with what waits, as far as there are tags and room. */
    void runPending(Submission submission) {
        if (!canRunPending()) {
            return;
        }
        boolean calling = enterDriver(submission);
        try {
            long now = clockwork.nanoTime();
            while (canRunPending()) {
                BlockBio bio = pending.poll();
                if (bio == null) {
                    break;
                }
                issue(bio, submission, calling, now);
            }
            commit(submission, calling);
        } finally {
            leaveDriver(submission, calling);
        }
    }

    private boolean canRunPending() {
        return !pending.isEmpty() && (aborting || (!blocked && free.any()));
    }

    private void retryLater() {
        if (retryArmed.compareAndSet(false, true)) {
            retry = clockwork.schedule(BUSY_RETRY_MS, () -> {
                retryArmed.set(false);
                if (blocked) {
                    clockwork.execute("retry " + name(), this::restart);
                }
            });
        }
    }

    /** The driver has room again. */
    public void restart() {
        blocked = false;
        Submission.current().wake(this);
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
        recycle(tag);
        restart();
    }

    void finish(Tag tag, Submission submission) {
        BlockBio bio = tag.bio();
        BlockStatus status = tag.status;
        if (status == BlockStatus.OK) {
            // Before its end is delivered: whatever was acknowledged is flushed by the removal.
            if (tag.op().modifies() && !wroteSinceFlush) {
                wroteSinceFlush = true;
            }
        } else if (refusesNow(bio)) {
            // However a driver words that it was cancelled: the device is not there any more.
            status = BlockStatus.GONE;
        }
        boolean held = tag.held;
        recycle(tag);
        if (blocked) {
            blocked = false;
        }
        shareDone(bio, status, held, submission);
        runPending(submission);
    }

    /** One share of the bio is done; the last one brings it to its end, or to its second phase. */
    private void shareDone(BlockBio bio, BlockStatus status, boolean held, Submission submission) {
        if (!bio.pieceDone(status, held)) {
            return;
        }
        boolean emulateFua = bio.isFua()
                && bio.op() == BioOp.WRITE
                && bio.phase == BlockBio.Phase.MAIN
                && limits.writeCache()
                && !limits.fua()
                && bio.outcome() == BlockStatus.OK;
        if (emulateFua) {
            bio.restart(BlockBio.Phase.FLUSH_AFTER);
            submission.add(bio);
        } else {
            submission.addEnded(bio);
        }
    }

    /** Delivers the end, outside the driver. The bio may be under way again before this returns. */
    void end(BlockBio bio, Submission submission) {
        boolean gated = bio.gated;
        bio.gated = false;
        BlockStatus outcome = bio.outcome();
        if (gated && outcome == BlockStatus.GONE) {
            endedGone.incrementAndGet();
        }
        submission.enter(this, Where.END);
        try {
            bio.finish(outcome);
        } catch (Throwable t) {
            faults.fault("an end action on " + info.name() + " threw: " + t);
        } finally {
            submission.leave();
            if (gated) {
                usage.exit();
            }
        }
    }

    void violation(String line) {
        faults.fault("driver of " + info.name() + " broke its contract: " + line);
    }

    /** Ends a request over the driver's head if it is still the one meant; on a thread of the block layer's own. */
    boolean abandon(Tag tag, long incarnation, BlockStatus status) {
        BlockBio bio = tag.bio();
        if (!tag.abandon(incarnation)) {
            return false;
        }
        Submission submission = Submission.current();
        shareDone(bio, status, true, submission);
        submission.runUnlessActive();
        return true;
    }

    /** Asks the driver to cancel, from outside of any call of it. Whatever a driver does in there, it does to this thread. */
    void askCancel(Tag tag) {
        Submission submission = Submission.current();
        if (!enterDriver(submission)) {
            return;
        }
        try {
            DiskDriver target = driver;
            if (target != null) {
                cancel(target, tag, submission);
            }
        } finally {
            leaveDriver(submission, true);
        }
    }

    // ---- removal

    /** R1: from now on every bio that comes ends GONE. */
    public void refuse() {
        usage.kill();
    }

    /** How many accepted bios have not ended. */
    public long inFlight() {
        return usage.inside();
    }

    /** How many accepted bios have ended GONE. */
    public long endedGone() {
        return endedGone.get();
    }

    /** How many requests were ended over the driver's head. */
    public long abandoned() {
        return reaper.abandoned();
    }

    /** Ends GONE what waits, and asks the driver to cancel what it has. Runs end actions and driver calls: may block. */
    public void abort() {
        stopIssuing();
        Submission submission = Submission.current();
        BlockBio bio = pending.poll();
        while (bio != null) {
            shareDone(bio, BlockStatus.GONE, false, submission);
            submission.runUnlessActive();
            bio = pending.poll();
        }
        reaper.cancelAll();
    }

    /** No request is given to the driver any more; never blocks. */
    public void stopIssuing() {
        aborting = true;
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

    public boolean awaitDrained(long deadlineNanos, LongSupplier excused) {
        return usage.awaitDrained(clockwork, deadlineNanos, excused);
    }

    /** Shuts the driver and waits until no thread is inside it. */
    public boolean awaitQuiet(long deadlineNanos, LongSupplier excused) {
        calls.kill();
        return calls.awaitDrained(clockwork, deadlineNanos, excused);
    }

    /** Makes waiters look again, after what is excused has changed. */
    public void recheck() {
        usage.recheck();
        calls.recheck();
    }

    /** How many end actions of this queue are on the calling thread's stack. */
    public long ownEnds() {
        return Submission.current().endingIn(this);
    }

    /** How many calls into this queue's driver are on the calling thread's stack. */
    public long ownCalls() {
        return Submission.current().callingIn(this);
    }

    /** Who is inside, a line each, for a report. */
    public List<String> inside() {
        return Submission.inside(this);
    }

    /** Forgets whether anything was written; the next flush covers what was. */
    public boolean takeWroteSinceFlush() {
        boolean wrote = wroteSinceFlush;
        wroteSinceFlush = false;
        return wrote && limits.writeCache();
    }

    /** Lets the driver go; nobody is inside. */
    public void dropDriver() {
        driver = null;
        reaper.stop();
        Clockwork.Timer last = retry;
        if (last != null) {
            last.cancel();
        }
    }

    /** Whether the driver has no request that the core still waits for. */
    public boolean isIdle() {
        return reaper.isIdle();
    }
}
