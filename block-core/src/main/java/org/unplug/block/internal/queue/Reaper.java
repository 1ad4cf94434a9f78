package org.unplug.block.internal.queue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.unplug.block.BlockStatus;
import org.unplug.ref.Clockwork;

/**
 * Ends what the driver does not: first it asks, a grace later it decides. Knows every slot of its queue; one timer looks
 * them through while any request is in flight.
 *
 * <p>A slot is read in the order incarnation, content, and acted upon by naming the incarnation again, so that an act never
 * hits the next request in the same slot.
 */
final class Reaper {

    private static final int TICKS_PER_TIMEOUT = 4;
    private static final long LEAST_TICK_MS = 5;
    private static final long MOST_TICK_MS = 1000;

    private final RequestQueue queue;
    private final Clockwork clockwork;
    private final AtomicReferenceArray<Tag> tags;
    private final long timeoutNanos;
    private final long graceNanos;
    private final long tickMs;
    private final AtomicBoolean armed = new AtomicBoolean();
    private final AtomicLong abandoned = new AtomicLong();
    private volatile Clockwork.Timer timer;
    private volatile boolean stopped;

    Reaper(RequestQueue queue, int depth, long timeoutMs, Clockwork clockwork) {
        this.queue = queue;
        this.clockwork = clockwork;
        tags = new AtomicReferenceArray<>(depth);
        timeoutNanos = timeoutMs * 1_000_000;
        graceNanos = timeoutNanos / 5;
        tickMs = Math.max(LEAST_TICK_MS, Math.min(MOST_TICK_MS, timeoutMs / TICKS_PER_TIMEOUT));
    }

    /** The slot, made when first used; its number belongs to the caller. */
    Tag tag(int number, int maxSegments) {
        Tag tag = tags.get(number);
        if (tag == null) {
            tag = new Tag(queue, number, maxSegments);
            tags.set(number, tag);
        }
        return tag;
    }

    long timeoutNanos() {
        return timeoutNanos;
    }

    /** How many requests removal ended over the driver's head. */
    long abandoned() {
        return abandoned.get();
    }

    /** What the slots have counted, summed. */
    long[] tallies() {
        long[] sums = Tally.none();
        for (int i = 0; i < tags.length(); i++) {
            Tag tag = tags.get(i);
            if (tag != null) {
                tag.tally.addTo(sums);
            }
        }
        return sums;
    }

    /** A request has started: have it looked at in time. */
    void arm() {
        if (!armed.get() && armed.compareAndSet(false, true)) {
            next();
        }
    }

    private void next() {
        timer = clockwork.schedule(tickMs, this::tick);
        if (stopped) {
            timer.cancel();
        }
    }

    /** The driver is let go: nobody is asked any more, and no timer keeps the queue. */
    void stop() {
        stopped = true;
        Clockwork.Timer last = timer;
        if (last != null) {
            last.cancel();
        }
    }

    private void tick() {
        long now = clockwork.nanoTime();
        List<Tag> late = new ArrayList<>(0);
        boolean busy = false;
        for (Tag tag : inFlight()) {
            busy = true;
            if (now - tag.deadlineNanos >= 0) {
                late.add(tag);
            }
        }
        if (!late.isEmpty()) {
            clockwork.execute("time-outs of " + queue.name(), () -> late.forEach(this::expire));
        }
        if (busy) {
            next();
        } else {
            armed.set(false);
            if (!inFlight().isEmpty()) {
                arm();
            }
        }
    }

    /** Whether no request is in the driver but those that the core has ended. */
    boolean isIdle() {
        return inFlight().isEmpty();
    }

    /** Whether the driver has no request at all, not even one that the core has ended. */
    boolean isVacant() {
        for (int i = 0; i < tags.length(); i++) {
            Tag tag = tags.get(i);
            if (tag != null && Tag.isInDriver(tag.incarnation())) {
                return false;
            }
        }
        return true;
    }

    /** Ends GONE those that the driver would get again a little later. */
    void endResting() {
        for (int i = 0; i < tags.length(); i++) {
            Tag tag = tags.get(i);
            if (tag != null) {
                queue.endResting(tag, tag.incarnation());
            }
        }
    }

    private List<Tag> inFlight() {
        List<Tag> found = new ArrayList<>();
        for (int i = 0; i < tags.length(); i++) {
            Tag tag = tags.get(i);
            if (tag != null && Tag.isInFlight(tag.incarnation())) {
                found.add(tag);
            }
        }
        return found;
    }

    private void expire(Tag tag) {
        long incarnation = tag.incarnation();
        long overdue = clockwork.nanoTime() - tag.deadlineNanos;
        if (!Tag.isInFlight(incarnation) || overdue < 0) {
            return;
        }
        if (tag.cancelAsked != incarnation) {
            tag.cancelAsked = incarnation;
            queue.askCancel(tag);
        } else if (overdue >= graceNanos) {
            queue.abandon(tag, incarnation, BlockStatus.TIMEOUT);
        }
    }

    void cancelAll() {
        for (Tag tag : inFlight()) {
            if (Tag.isInFlight(tag.incarnation())) {
                queue.askCancel(tag);
            }
        }
    }

    /** Asks that driver alone, as long as it is in its place. */
    void cancelAll(DriverSlot only) {
        for (Tag tag : inFlight()) {
            queue.askCancel(tag, only);
        }
    }

    void abandonAll() {
        for (Tag tag : inFlight()) {
            abandonGone(tag, tag.incarnation());
        }
    }

    void abandonGone(Tag tag, long incarnation) {
        if (queue.abandon(tag, incarnation, BlockStatus.GONE)) {
            abandoned.incrementAndGet();
        }
    }
}
