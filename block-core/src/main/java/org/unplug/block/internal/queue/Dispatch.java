package org.unplug.block.internal.queue;

import java.util.concurrent.atomic.AtomicBoolean;
import org.unplug.block.BlockStatus;
import org.unplug.block.TraceEvent;
import org.unplug.block.internal.queue.Submission.Where;
import org.unplug.block.spi.QueueLimits;
import org.unplug.ref.Clockwork;

/**
 * Takes bios to the driver as requests: at once, or after they have waited for a tag, for room, for their turn in a scheduler,
 * or for the end of a freeze.
 *
 * <p>No wake-up is lost because each side writes first and reads second. Whoever must wait puts the bio on the wait list and
 * then looks again for what it lacked; whoever brings it - gives a tag, thaws, has room - says so first and looks at the wait
 * list second.
 */
final class Dispatch {

    static final long BUSY_RETRY_MS = 3;

    private final RequestQueue queue;
    private final Clockwork clockwork;
    private final Seat seat;
    private final WaitList waiting;
    private final Tags free;
    private final Reaper reaper;
    private final Observation seen;

    /** The driver had no room; until something completes, it says so, or the retry comes. */
    private volatile boolean blocked;

    private final AtomicBoolean retryArmed = new AtomicBoolean();
    private volatile Clockwork.Timer retry;

    Dispatch(RequestQueue queue, int depth, Clockwork clockwork, WaitList waiting, Reaper reaper) {
        this.queue = queue;
        this.clockwork = clockwork;
        this.seat = queue.seat();
        this.waiting = waiting;
        this.reaper = reaper;
        this.seen = queue.seen();
        this.free = new Tags(depth);
    }

    /** Takes the thread's bios for this queue to the driver, as one batch. */
    void dispatch(Submission submission) {
        DriverSlot inside = seat.enter(submission);
        submission.hand.expect(submission.countFor(queue));
        try {
            long now = clockwork.nanoTime();
            BlockBio bio = submission.pollFor(queue);
            while (bio != null) {
                if (bio.gated || bio.source().isRemoval()) {
                    take(bio, submission, inside, now);
                } else if (bio.source().isClosed() || !queue.usage().enter()) {
                    answer(bio, BlockStatus.GONE, submission);
                } else {
                    accept(bio, submission, inside, now);
                }
                bio = submission.pollFor(queue);
            }
            seat.commit(submission, inside);
        } finally {
            submission.hand.giveAll();
            Seat.leave(submission, inside);
        }
        runWaiting(submission);
    }

    private static void answer(BlockBio bio, BlockStatus answer, Submission submission) {
        bio.answered(answer);
        submission.addEnded(bio);
    }

    /** A bio that comes from its submitter and has its place inside the usage gate. */
    private void accept(BlockBio bio, Submission submission, DriverSlot inside, long now) {
        bio.gated = true;
        seen.step(TraceEvent.Step.QUEUED, bio);
        BlockStatus answer = queue.answerWithoutDriver(bio);
        if (answer == null) {
            take(bio, submission, inside, now);
        } else {
            answer(bio, answer, submission);
        }
    }

    /** A bio that was accepted just now, or comes back for its second phase. */
    private void take(BlockBio bio, Submission submission, DriverSlot inside, long now) {
        BlockBio.Source source = bio.source();
        boolean waits = waiting.count() > 0 || waiting.isOrdering() || seat.isFrozen();
        if (waits && !source.isRemoval()) {
            seen.step(TraceEvent.Step.WAITING, bio);
            waiting.add(bio, now);
        } else {
            issue(bio, submission, inside, now, false);
        }
    }

    /**
     * Issues as much of the bio as there are tags and room; the rest waits, and the answer is false. One that has waited may
     * take others along that go on where it ends.
     */
    private boolean issue(BlockBio bio, Submission submission, DriverSlot inside, long now, boolean merging) {
        QueueLimits limits = queue.limits();
        while (true) {
            if (queue.refusesNow(bio) || inside == null) {
                queue.shareDone(bio, BlockStatus.GONE, false, submission);
                return true;
            }
            int number = submission.hand.take(free);
            if (number < 0) {
                putBack(bio);
                return false;
            }
            Tag tag = reaper.tag(number, limits.maxSegments());
            tag.load(bio, limits);
            boolean last = tag.isLastPiece();
            if (!last) {
                bio.pieceIssued();
            } else if (merging) {
                gather(tag, now);
            }
            Started started = start(tag, submission, inside, now);
            if (started != Started.YES) {
                if (!last) {
                    bio.pieceReturned();
                }
                boolean merged = tag.isMerged();
                tag.rewind();
                putBackAll(bio, merged);
                recycle(tag);
                if (started == Started.NO_ROOM) {
                    blocked = true;
                    retryLater();
                }
                return false;
            }
            if (last) {
                return true;
            }
        }
    }

    /** Merges what waits next as long as it goes on where the request ends. */
    private void gather(Tag tag, long now) {
        QueueLimits limits = queue.limits();
        BlockBio follower = waiting.take(now);
        while (follower != null && tag.merge(follower, limits.maxSectors(), limits.maxSegments())) {
            seen.merged(follower, tag);
            follower = waiting.take(now);
        }
        if (follower != null) {
            putBack(follower);
        }
    }

    /** The last one first, so that they stand in their order. */
    private void putBackAll(BlockBio bio, boolean merged) {
        if (merged && bio.next != null) {
            putBackAll(bio.next, true);
        }
        putBack(bio);
    }

    /** At the head, where it came from; while aborting only a removal's own flush comes here, and others must pass it. */
    private void putBack(BlockBio bio) {
        if (queue.isAborting()) {
            waiting.putLast(bio);
        } else {
            waiting.putBack(bio);
        }
    }

    /** What became of the attempt to give a request to the driver. */
    enum Started {
        /** The driver has it, or it has ended; nothing is the caller's any more. */
        YES,
        /** The driver has no room; the request is the caller's. */
        NO_ROOM,
        /** The queue is frozen or aborts, or the driver was replaced; the request is the caller's. */
        NOT_NOW
    }

    /** Calls the driver. */
    Started start(Tag tag, Submission submission, DriverSlot inside, long now) {
        BlockBio bio = tag.bio();
        tag.start(now, reaper.timeoutNanos());
        long incarnation = tag.incarnation();
        reaper.arm();
        if (queue.refusesNow(bio) || seat.isShut(inside)) {
            Started held = backOr(tag, incarnation, Started.NOT_NOW);
            seat.vacated();
            return held;
        }
        seen.step(TraceEvent.Step.ISSUED, tag, null);
        submission.now(Where.QUEUE_REQUEST, tag);
        boolean accepted = true;
        try {
            accepted = inside.driver.queueRequest(tag);
        } catch (Throwable t) {
            queue.fault("driver of " + queue.name() + " threw from queueRequest: " + t);
            tag.completeIf(incarnation, BlockStatus.IOERR);
        }
        if (!accepted) {
            submission.now(Where.QUEUE_REQUEST, null);
            return backOr(tag, incarnation, Started.NO_ROOM);
        }
        if (queue.isAborting() && tag.incarnation() == incarnation) {
            seat.cancel(inside, tag, submission);
        }
        submission.now(Where.QUEUE_REQUEST, null);
        return Started.YES;
    }

    /** The given answer if the request is the caller's still. */
    private Started backOr(Tag tag, long incarnation, Started ours) {
        return switch (tag.takeBack(incarnation)) {
            case OURS -> {
                if (ours == Started.NO_ROOM) {
                    seen.step(TraceEvent.Step.REQUEUED, tag, null);
                }
                yield ours;
            }
            case ENDED -> {
                recycle(tag);
                yield Started.YES;
            }
            case COMPLETED -> {
                queue.violation(
                        "request " + tag.tag()
                                + " was completed though it had not been accepted: it was declined, or on its way yet when it was cancelled");
                yield Started.YES;
            }
        };
    }

    void recycle(Tag tag) {
        tag.clear();
        free.give(tag.tag());
        seat.vacated();
    }

    /** As {@link #recycle(Tag)}, by a thread that will empty its hand. */
    void recycle(Tag tag, Submission submission) {
        tag.clear();
        submission.hand.keep(free, tag.tag());
        seat.vacated();
    }

    // ---- waiting

    /** Goes on with what waits, as far as there are tags and room. */
    void runWaiting(Submission submission) {
        boolean again = true;
        while (again && canRunWaiting(submission)) {
            DriverSlot inside = seat.enter(submission);
            submission.hand.expect(waiting.count());
            try {
                // If the driver was replaced, or let go, meanwhile: the rest is for the next one, or ends GONE. And
                // whoever
                // found no tag since this one took them all beforehand waits for another look.
                again = runWaiting(submission, inside) || submission.hand.holds(free);
                seat.commit(submission, inside);
            } finally {
                submission.hand.giveAll();
                Seat.leave(submission, inside);
            }
        }
    }

    private boolean runWaiting(Submission submission, DriverSlot inside) {
        long now = clockwork.nanoTime();
        BlockBio returned = null;
        while (canRunWaiting(submission)) {
            BlockBio bio = waiting.take(now);
            if (bio == null) {
                return false;
            }
            if (bio == returned) {
                putBack(bio);
                if (blocked || seat.isFrozen() || !hasTag(submission)) {
                    return false;
                }
                returned = null;
                continue;
            }
            boolean whole = issue(bio, submission, inside, now, !queue.isAborting());
            if (!whole && queue.isAborting() && returned == null) {
                returned = bio;
            }
            if (inside != null && seat.isReplaced(inside)) {
                return true;
            }
        }
        return false;
    }

    private boolean canRunWaiting(Submission submission) {
        return waiting.count() > 0 && (queue.isAborting() || (!blocked && !seat.isFrozen() && hasTag(submission)));
    }

    private boolean hasTag(Submission submission) {
        return submission.hand.holds(free) || free.any();
    }

    private void retryLater() {
        if (retryArmed.compareAndSet(false, true)) {
            retry = clockwork.schedule(BUSY_RETRY_MS, () -> {
                retryArmed.set(false);
                if (blocked) {
                    clockwork.execute("retry " + queue.name(), this::restart);
                }
            });
        }
    }

    /** The driver has room again. */
    void restart() {
        unblock();
        Submission.current().wake(queue);
    }

    /** Something completed, so there may be room. */
    void unblock() {
        if (blocked) {
            blocked = false;
        }
    }

    /** Ends GONE what waits. Runs end actions: may block. */
    void abortWaiting() {
        Submission submission = Submission.current();
        long now = clockwork.nanoTime();
        BlockBio bio = waiting.take(now);
        while (bio != null) {
            queue.shareDone(bio, BlockStatus.GONE, false, submission);
            submission.runUnlessActive();
            bio = waiting.take(now);
        }
    }

    void stop() {
        Clockwork.Timer last = retry;
        if (last != null) {
            last.cancel();
        }
    }
}
