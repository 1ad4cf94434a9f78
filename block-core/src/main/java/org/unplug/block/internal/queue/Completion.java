package org.unplug.block.internal.queue;

import java.nio.ByteBuffer;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.internal.queue.Dispatch.Started;
import org.unplug.block.internal.queue.Submission.Where;
import org.unplug.block.spi.QueueLimits;
import org.unplug.ref.Clockwork;

/**
 * From a driver's answer to the bio's end. A request brings a share of one bio to its end, or all of several that were merged in
 * it; the last share ends the bio, or brings it to its second phase. Ends are delivered when the thread is outside the driver.
 *
 * <p>A request that the driver answers with AGAIN rests in its slot and goes to the driver again, {@link #MOST_TRIES} times at
 * most. Removal ends those that rest: it raises its flag first and looks at the slots second, while a request rests first and
 * the flag is read second.
 */
final class Completion {

    static final int MOST_TRIES = 8;

    private final RequestQueue queue;
    private final Clockwork clockwork;
    private final Seat seat;
    private final Dispatch dispatch;
    private final Reaper reaper;
    private final Observation seen;

    /** Set before the end of what wrote is delivered, so that whatever was acknowledged is flushed by the removal. */
    private volatile boolean wroteSinceFlush;

    Completion(RequestQueue queue, Clockwork clockwork, Dispatch dispatch, Reaper reaper) {
        this.queue = queue;
        this.clockwork = clockwork;
        this.seat = queue.seat();
        this.dispatch = dispatch;
        this.reaper = reaper;
        this.seen = queue.seen();
    }

    /** Takes up what completed on this thread, and then goes on with what waits for its tags. */
    void finish(Submission submission) {
        Tag tag = submission.pollDone(queue);
        while (tag != null) {
            finish(tag, submission);
            tag = submission.pollDone(queue);
        }
        submission.hand.giveAll();
        dispatch.unblock();
        dispatch.runWaiting(submission);
    }

    private void finish(Tag tag, Submission submission) {
        BlockStatus status = tag.status;
        ByteBuffer loan = tag.takeLoan();
        if (status == BlockStatus.AGAIN && !queue.isAborting() && tag.tries < MOST_TRIES) {
            tag.tries++;
            tryAgainLater(tag);
            return;
        }
        BlockBio bio = tag.bio();
        if (status == BlockStatus.OK) {
            if (loan != null) {
                bio.borrow(loan);
            }
            if (tag.op().modifies() && !wroteSinceFlush) {
                wroteSinceFlush = true;
            }
        } else if (queue.refusesNow(bio)) {
            // However a driver words that it was cancelled: the device is not there any more.
            status = BlockStatus.GONE;
        }
        boolean held = tag.held;
        boolean merged = tag.isMerged();
        seen.completed(tag, status, reaper.timeoutNanos());
        dispatch.recycle(tag, submission);
        sharesDone(bio, merged, status, held, submission);
    }

    // ---- AGAIN

    private void tryAgainLater(Tag tag) {
        long delayMs = Dispatch.BUSY_RETRY_MS << Math.min(tag.tries, 5);
        long resting = tag.rest();
        seat.vacated();
        if (queue.isAborting()) {
            endResting(tag, resting);
            return;
        }
        clockwork.schedule(
                delayMs, () -> clockwork.execute("another try on " + queue.name(), () -> tryAgain(tag, resting)));
    }

    private void tryAgain(Tag tag, long resting) {
        if (!tag.endRest(resting)) {
            return;
        }
        Submission submission = Submission.current();
        boolean outermost = submission.begin();
        DriverSlot inside = seat.enter(submission);
        Started started = Started.NOT_NOW;
        try {
            if (inside != null && !queue.isAborting()) {
                started = dispatch.start(tag, submission, inside, clockwork.nanoTime());
                seat.commit(submission, inside);
            }
        } finally {
            Seat.leave(submission, inside);
        }
        if (started != Started.YES && inside == null) {
            endUnstarted(tag, submission);
        } else if (started != Started.YES) {
            // No room, or the driver is being exchanged: that is no try.
            tryAgainLater(tag);
        }
        submission.end(outermost);
    }

    /** Ends GONE a request that rests, if it is still the one meant. */
    void endResting(Tag tag, long resting) {
        if (tag.endRest(resting)) {
            endUnstarted(tag, Submission.current());
        }
    }

    private void endUnstarted(Tag tag, Submission submission) {
        BlockBio bio = tag.bio();
        boolean merged = tag.isMerged();
        seen.completed(tag, BlockStatus.GONE, reaper.timeoutNanos());
        dispatch.recycle(tag);
        sharesDone(bio, merged, BlockStatus.GONE, false, submission);
        dispatch.restart();
    }

    // ---- shares and ends

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
    void shareDone(BlockBio bio, BlockStatus status, boolean held, Submission submission) {
        if (!bio.pieceDone(status, held)) {
            return;
        }
        boolean emulateFua = bio.isFua()
                && bio.op() == BioOp.WRITE
                && bio.phase == BlockBio.Phase.MAIN
                && queue.limits().cache() == QueueLimits.Cache.VOLATILE
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
            seen.endedGone();
        }
        submission.enter(queue, null, Where.END);
        try {
            bio.finish(outcome);
        } catch (Throwable t) {
            queue.fault("an end action on " + queue.name() + " threw: " + t);
        } finally {
            submission.leave();
            if (gated) {
                queue.usage().exit();
            }
        }
    }

    /** Ends a request over the driver's head if it is still the one meant; on a thread of the block layer's own. */
    boolean abandon(Tag tag, long incarnation, BlockStatus status) {
        BlockBio bio = tag.bio();
        boolean merged = tag.isMerged();
        if (!tag.abandon(incarnation)) {
            return false;
        }
        seen.abandoned(bio, tag, status);
        Submission submission = Submission.current();
        sharesDone(bio, merged, status, true, submission);
        submission.runUnlessActive();
        return true;
    }

    /** Forgets whether anything was written; the next flush covers what was. */
    boolean takeWroteSinceFlush() {
        boolean wrote = wroteSinceFlush;
        wroteSinceFlush = false;
        return wrote && queue.limits().writeCache();
    }
}
