package org.unplug.block.internal.queue;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.unplug.block.Bio;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskInfo;
import org.unplug.block.DiskStatistics;
import org.unplug.block.TraceEvent;
import org.unplug.block.internal.queue.Submission.Where;
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
 * <em>calls</em> gate, so an empty calls gate means that no thread is inside the driver. The two differ: a driver may
 * complete a request long after, or before, the call that brought it returns.
 *
 * <p>A bio becomes one request, or several where limits demand; each takes a {@link Tag}. When tags run out, or the driver
 * has no room, the bio waits in the {@link WaitList}, and whoever frees a tag goes on with it: the freeing thread gives the tag
 * first and reads the waiting count second, the waiting one counts first and looks for tags second, so one of them sees the
 * other.
 *
 * <p>Removal writes its flag first and looks at the tags second; a submitter starts its tag first and reads the flag second.
 * So either the submitter sees the flag or removal sees the tag. Ends run when the thread is outside the driver, so that a
 * slow end action is never mistaken for a stuck driver.
 *
 * <p>The driver can be exchanged while the disk is in use ({@link #exchange}): the queue freezes - what comes waits, what is in
 * the driver ends - and goes on with the other one. Freezing follows the same rule as removal: flag first, tags second.
 *
 * <p>Lock order: the wait list's monitor is innermost.
 */
public final class RequestQueue {

    private static final long BUSY_RETRY_MS = 3;
    private static final int MOST_TRIES = 8;

    private final DiskInfo info;
    private final QueueLimits limits;
    private final int blockSectors;
    private final Clockwork clockwork;
    private final Faults faults;

    private final Gate usage = new Gate();
    private final Tags free;
    private final Reaper reaper;

    private final WaitList waiting;

    /** Guards the exchange of the slot against its being dropped. */
    private final Object slotLock = new Object();

    private volatile DriverSlot slot;
    private final Object idle = new Object();
    private volatile boolean frozen;

    /** The driver had no room; until something completes, it says so, or the retry comes. */
    private volatile boolean blocked;

    private final AtomicBoolean retryArmed = new AtomicBoolean();

    private volatile boolean aborting;
    private volatile boolean wroteSinceFlush;
    private final AtomicLong endedGone = new AtomicLong();
    private final Counters counters = new Counters();
    private volatile Consumer<TraceEvent> tracer;

    /** Where the disk ends now, and the farthest that it ever ended. */
    private volatile long capacitySectors;

    private volatile long farthestSectors;

    /** What the queue says of a driver that broke its contract. */
    public interface Faults {
        /** One line; must not block. */
        void fault(String line);
    }

    public RequestQueue(
            DiskInfo info, QueueLimits limits, long timeoutMs, DiskDriver driver, Clockwork clockwork, Faults faults) {
        this.info = info;
        this.capacitySectors = info.capacitySectors();
        this.farthestSectors = capacitySectors;
        this.limits = limits;
        this.blockSectors = limits.logicalBlockBytes() / DiskInfo.SECTOR_BYTES;
        this.slot = new DriverSlot(driver);
        this.waiting = new WaitList(info.name(), faults);
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
        if (sector < 0 || sector > farthestSectors - sectors) {
            throw new IllegalArgumentException(bio.op() + " of " + sectors + " sectors at " + sector
                    + " reaches past the end of " + info.name() + " (" + capacitySectors + " sectors)");
        }
        if (sector % blockSectors != 0 || sectors % blockSectors != 0) {
            throw new IllegalArgumentException(bio.op() + " of " + sectors + " sectors at " + sector
                    + " is not aligned to the " + limits.logicalBlockBytes() + " byte blocks of " + info.name());
        }
        if (bio.op().hasData() && bio.segments().length > Math.min(limits.maxSegments(), Tag.MAX_SLICES)) {
            requireWholeBlocks(bio);
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

    /** Lets this thread take up what it has put off, before it waits for an outcome. */
    public static void runDeferred() {
        Submission.current().run();
    }

    /** Takes this thread's bios for this queue to the driver, as one batch. */
    void dispatch(Submission submission) {
        DriverSlot inside = enterDriver(submission);
        try {
            long now = clockwork.nanoTime();
            BlockBio bio = submission.pollFor(this);
            while (bio != null) {
                take(bio, submission, inside, now);
                bio = submission.pollFor(this);
            }
            commit(submission, inside);
        } finally {
            leaveDriver(submission, inside);
        }
        runWaiting(submission);
    }

    /** Enters the driver that there is; null if there is none any more. */
    private DriverSlot enterDriver(Submission submission) {
        DriverSlot there = slot;
        while (there != null) {
            if (there.calls.enter()) {
                submission.enter(this, Where.QUEUE_REQUEST);
                return there;
            }
            DriverSlot now = slot;
            if (now == there) {
                return null;
            }
            there = now;
        }
        return null;
    }

    private static void leaveDriver(Submission submission, DriverSlot inside) {
        if (inside != null) {
            submission.leave();
            inside.calls.exit();
        }
    }

    private void commit(Submission submission, DriverSlot inside) {
        if (inside != null) {
            submission.now(Where.COMMIT, null);
            try {
                inside.driver.commit();
            } catch (Throwable t) {
                faults.fault("driver of " + info.name() + " threw from commit: " + t);
            }
        }
    }

    /** A bio that comes from its submitter, or comes back for its second phase. */
    private void take(BlockBio bio, Submission submission, DriverSlot inside, long now) {
        BlockBio.Source source = bio.source();
        if (!bio.gated && !source.isRemoval()) {
            if (source.isClosed() || !usage.enter()) {
                bio.answered(BlockStatus.GONE);
                submission.addEnded(bio);
                return;
            }
            bio.gated = true;
            trace(TraceEvent.Step.QUEUED, bio, null, null);
            BlockStatus answer = answerWithoutDriver(bio);
            if (answer != null) {
                bio.answered(answer);
                submission.addEnded(bio);
                return;
            }
        }
        boolean waits = waiting.count() > 0 || waiting.isOrdering() || frozen;
        if (waits && !source.isRemoval()) {
            trace(TraceEvent.Step.WAITING, bio, null, null);
            waiting.add(bio, now);
        } else {
            issue(bio, submission, inside, now, false);
        }
    }

    private BlockStatus answerWithoutDriver(BlockBio bio) {
        BioOp op = bio.op();
        if (op != BioOp.FLUSH && bio.sector() > capacitySectors - bio.sectors()) {
            return BlockStatus.IOERR;
        }
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

    /**
     * Issues as much of the bio as there are tags and room; the rest waits at the head. One that has waited may take others
     * along that go on where it ends.
     */
    private void issue(BlockBio bio, Submission submission, DriverSlot inside, long now, boolean merging) {
        while (true) {
            if (refusesNow(bio) || inside == null) {
                shareDone(bio, BlockStatus.GONE, false, submission);
                return;
            }
            int number = free.take();
            if (number < 0) {
                waiting.putBack(bio);
                return;
            }
            Tag tag = reaper.tag(number, limits.maxSegments());
            tag.load(bio, limits);
            boolean last = tag.isLastPiece();
            if (!last) {
                bio.pieceIssued();
            } else if (merging) {
                gather(tag, now);
            }
            if (!start(tag, submission, inside, now)) {
                if (!last) {
                    bio.pieceReturned();
                }
                tag.rewind();
                putBackAll(bio, tag.isMerged());
                recycle(tag);
                return;
            }
            if (last) {
                return;
            }
        }
    }

    /** Merges what waits next as long as it goes on where the request ends. */
    private void gather(Tag tag, long now) {
        BlockBio follower = waiting.take(now);
        while (follower != null && tag.merge(follower, limits.maxSectors(), limits.maxSegments())) {
            counters.merged();
            trace(TraceEvent.Step.MERGED, follower, tag, null);
            follower = waiting.take(now);
        }
        if (follower != null) {
            waiting.putBack(follower);
        }
    }

    private void putBackAll(BlockBio bio, boolean merged) {
        if (merged && bio.next != null) {
            putBackAll(bio.next, true);
        }
        waiting.putBack(bio);
    }

    private boolean refusesNow(BlockBio bio) {
        return aborting && !bio.source().isRemoval();
    }

    /** Calls the driver. False if the request cannot go now, and then the tag is the caller's again. */
    private boolean start(Tag tag, Submission submission, DriverSlot inside, long now) {
        if (tag.op().modifies() && !wroteSinceFlush) {
            wroteSinceFlush = true;
        }
        BlockBio bio = tag.bio();
        boolean removals = bio.source().isRemoval();
        tag.start(now, reaper.timeoutNanos());
        long incarnation = tag.incarnation();
        reaper.arm();
        if (!removals && (aborting || frozen || inside != slot)) {
            return !tag.takeBack(incarnation) && endedMeanwhile(tag);
        }
        trace(TraceEvent.Step.ISSUED, bio, tag, null);
        submission.now(Where.QUEUE_REQUEST, tag);
        boolean accepted = true;
        try {
            accepted = inside.driver.queueRequest(tag);
        } catch (Throwable t) {
            faults.fault("driver of " + info.name() + " threw from queueRequest: " + t);
            tag.completeIf(incarnation, BlockStatus.IOERR);
        }
        if (!accepted) {
            submission.now(Where.QUEUE_REQUEST, null);
            if (!tag.takeBack(incarnation)) {
                return endedMeanwhile(tag);
            }
            trace(TraceEvent.Step.REQUEUED, bio, tag, null);
            blocked = true;
            retryLater();
            return false;
        }
        if (aborting && tag.incarnation() == incarnation) {
            cancel(inside.driver, tag, submission);
        }
        submission.now(Where.QUEUE_REQUEST, null);
        return true;
    }

    /** The core ended it while it was being declined: the slot is free, and the bio is not ours to touch. */
    private boolean endedMeanwhile(Tag tag) {
        recycle(tag);
        return true;
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
        if (frozen) {
            synchronized (idle) {
                idle.notifyAll();
            }
        }
    }

    // ---- waiting for tags or room

    /** Goes on with what waits, as far as there are tags and room. */
    void runWaiting(Submission submission) {
        if (!canRunWaiting()) {
            return;
        }
        DriverSlot inside = enterDriver(submission);
        try {
            long now = clockwork.nanoTime();
            while (canRunWaiting()) {
                BlockBio bio = waiting.take(now);
                if (bio == null) {
                    break;
                }
                issue(bio, submission, inside, now, true);
                if (inside != null && inside != slot) {
                    break;
                }
            }
            commit(submission, inside);
        } finally {
            leaveDriver(submission, inside);
        }
        if (inside != null && inside != slot) {
            // The driver was exchanged, or let go, meanwhile: the rest is for the next one, or ends GONE.
            runWaiting(submission);
        }
    }

    private boolean canRunWaiting() {
        return waiting.count() > 0 && (aborting || (!blocked && !frozen && free.any()));
    }

    private void retryLater() {
        if (retryArmed.compareAndSet(false, true)) {
            clockwork.schedule(BUSY_RETRY_MS, () -> {
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
        Submission.current().runWaitingOf(this);
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
        if (tag.status == BlockStatus.AGAIN && tag.tries < MOST_TRIES) {
            if (!aborting) {
                tag.tries++;
                tryAgainLater(tag);
                return;
            }
            tag.status = BlockStatus.GONE;
        }
        BlockBio bio = tag.bio();
        BlockStatus status = tag.status;
        boolean held = tag.held;
        boolean merged = tag.isMerged();
        account(tag);
        recycle(tag);
        if (blocked) {
            blocked = false;
        }
        sharesDone(bio, merged, status, held, submission);
        runWaiting(submission);
    }

    private void account(Tag tag) {
        counters.completed(tag.op(), tag.sectors(), tag.status);
        boolean recorded = Recorder.wantsRequests();
        if (recorded || tag.isSampled()) {
            long latencyNanos = clockwork.nanoTime() - (tag.deadlineNanos - reaper.timeoutNanos());
            counters.took(tag.op(), latencyNanos);
            if (recorded) {
                Recorder.request(tag, info.name(), latencyNanos);
            }
        }
        trace(TraceEvent.Step.COMPLETED, tag.bio(), tag, tag.status);
    }

    /** The driver said AGAIN, the only status that promises that another try may help: the request keeps its slot and waits. */
    private void tryAgainLater(Tag tag) {
        clockwork.schedule(
                BUSY_RETRY_MS << Math.min(tag.tries, 5),
                () -> clockwork.execute("another try on " + name(), () -> tryAgain(tag)));
    }

    private void tryAgain(Tag tag) {
        Submission submission = Submission.current();
        DriverSlot inside = enterDriver(submission);
        boolean started = false;
        try {
            if (inside != null && !aborting) {
                started = start(tag, submission, inside, clockwork.nanoTime());
                commit(submission, inside);
            }
        } finally {
            leaveDriver(submission, inside);
        }
        if (!started && !aborting && inside != null) {
            // No room, or the driver is being exchanged: that is no try.
            tryAgainLater(tag);
        } else if (!started) {
            BlockBio bio = tag.bio();
            boolean merged = tag.isMerged();
            recycle(tag);
            sharesDone(bio, merged, BlockStatus.GONE, false, submission);
        }
        submission.runUnlessActive();
        restart();
    }

    /** A request is done, and with it a share of its bio, or of each of those that were merged in it. */
    private void sharesDone(BlockBio bio, boolean merged, BlockStatus status, boolean held, Submission submission) {
        BlockBio one = bio;
        while (one != null) {
            // Its link is used anew once its share is done.
            BlockBio following = merged ? one.next : null;
            shareDone(one, status, held, submission);
            one = following;
        }
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
        boolean merged = tag.isMerged();
        if (!tag.abandon(incarnation)) {
            return false;
        }
        trace(TraceEvent.Step.ABANDONED, bio, tag, status);
        Submission submission = Submission.current();
        sharesDone(bio, merged, status, true, submission);
        submission.runUnlessActive();
        return true;
    }

    /** Asks the driver to cancel, from outside of any call of it. Whatever a driver does in there, it does to this thread. */
    void askCancel(Tag tag) {
        Submission submission = Submission.current();
        DriverSlot inside = enterDriver(submission);
        if (inside == null) {
            return;
        }
        try {
            cancel(inside.driver, tag, submission);
        } finally {
            leaveDriver(submission, inside);
        }
    }

    // ---- observation and change

    private void trace(TraceEvent.Step step, BlockBio bio, Tag tag, BlockStatus status) {
        Consumer<TraceEvent> to = tracer;
        if (to != null) {
            boolean request = tag != null && step != TraceEvent.Step.MERGED;
            to.accept(new TraceEvent(
                    clockwork.nanoTime(),
                    step,
                    request ? tag.op() : bio.op(),
                    request ? tag.sector() : bio.sector(),
                    request ? tag.sectors() : bio.sectors(),
                    tag == null ? -1 : tag.tag(),
                    status,
                    Thread.currentThread().getName()));
        }
    }

    /** See {@link org.unplug.block.DiskControl#trace}; one tracer at a time, the last one wins. */
    public AutoCloseable trace(Consumer<TraceEvent> to) {
        Consumer<TraceEvent> own = event -> {
            try {
                to.accept(event);
            } catch (RuntimeException e) {
                tracer = null;
                faults.fault("a tracer of " + name() + " threw and was taken off: " + e);
            }
        };
        tracer = own;
        return () -> {
            if (tracer == own) {
                tracer = null;
            }
        };
    }

    public DiskStatistics statistics() {
        return new DiskStatistics(
                counters.reads(),
                counters.writes(),
                counters.flushes(),
                counters.others(),
                counters.sectorsRead(),
                counters.sectorsWritten(),
                counters.failed(),
                counters.mergedCount(),
                reaper.abandoned(),
                endedGone.get(),
                usage.inside(),
                counters.readLatency(),
                counters.writeLatency());
    }

    /** The disk ends elsewhere from now on. */
    public void resize(long sectors) {
        farthestSectors = Math.max(farthestSectors, sectors);
        capacitySectors = sectors;
    }

    // ---- scheduling and exchange

    /** Orders what waits by a scheduler from now on; null for none. Nothing is lost; {@link #restart} comes next. */
    public void use(IoScheduler.Order order) {
        waiting.use(order, clockwork.nanoTime());
    }

    /** How an exchange of drivers ended. */
    public enum Exchange {
        DONE,
        /** Requests inside the old driver did not end in time, or the disk is being removed: nothing was exchanged. */
        NOT_IDLE,
        /** Exchanged, but a thread has not come out of the old driver. */
        NOT_QUIET
    }

    /** The driver behind the queue, or null once it was let go. */
    public DiskDriver driver() {
        DriverSlot there = slot;
        return there == null ? null : there.driver;
    }

    /**
     * Puts another driver in the place of the present one, while the disk is in use: what comes waits meanwhile, what is
     * inside ends first. One exchange at a time; the caller sees to that. Blocks until the deadline at most.
     */
    public Exchange exchange(DiskDriver next, long deadlineNanos) {
        frozen = true;
        try {
            synchronized (idle) {
                while (!reaper.isIdle()) {
                    long left = deadlineNanos - clockwork.nanoTime();
                    if (left <= 0 || aborting) {
                        return Exchange.NOT_IDLE;
                    }
                    clockwork.await(idle, left);
                }
            }
            DriverSlot old;
            synchronized (slotLock) {
                old = slot;
                if (old == null || aborting) {
                    return Exchange.NOT_IDLE;
                }
                slot = new DriverSlot(next);
            }
            old.calls.kill();
            long own = ownCalls();
            return old.calls.awaitDrained(clockwork, deadlineNanos, () -> own) ? Exchange.DONE : Exchange.NOT_QUIET;
        } finally {
            frozen = false;
            restart();
        }
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
        long now = clockwork.nanoTime();
        BlockBio bio = waiting.take(now);
        while (bio != null) {
            shareDone(bio, BlockStatus.GONE, false, submission);
            submission.runUnlessActive();
            bio = waiting.take(now);
        }
        reaper.cancelAll();
    }

    /** No request is given to the driver any more; never blocks. */
    public void stopIssuing() {
        aborting = true;
        synchronized (idle) {
            idle.notifyAll();
        }
    }

    /** Ends GONE, over the driver's head, everything it has. Runs end actions: may block. */
    public void abandonAll() {
        reaper.abandonAll(BlockStatus.GONE);
    }

    /** The requests with which the calling thread is inside the driver, which cannot end while it waits. */
    public Runnable abandonOwn() {
        List<Tag> own = Submission.current().carrying(this);
        return own.isEmpty() ? null : () -> reaper.abandon(own, BlockStatus.GONE);
    }

    public boolean awaitDrained(long deadlineNanos, LongSupplier excused) {
        return usage.awaitDrained(clockwork, deadlineNanos, excused);
    }

    /** Shuts the driver and waits until no thread is inside it. */
    public boolean awaitQuiet(long deadlineNanos, LongSupplier excused) {
        DriverSlot last = slot;
        if (last == null) {
            return true;
        }
        last.calls.kill();
        return last.calls.awaitDrained(clockwork, deadlineNanos, excused);
    }

    /** Makes waiters look again, after what is excused has changed. */
    public void recheck() {
        usage.recheck();
        DriverSlot there = slot;
        if (there != null) {
            there.calls.recheck();
        }
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
        synchronized (slotLock) {
            slot = null;
        }
    }

    /** For callers that wait: the clock and the monitors of this queue. */
    public Clockwork clockwork() {
        return clockwork;
    }

    public DiskInfo info() {
        return info;
    }
}
