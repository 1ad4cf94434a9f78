package org.unplug.block.internal.queue;

import java.util.function.Consumer;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskStatistics;
import org.unplug.block.TraceEvent;
import org.unplug.ref.Clockwork;

/** What can be seen of a queue: counts, latencies, a trace, and events of the flight recorder. */
final class Observation {

    private final RequestQueue queue;
    private final Clockwork clockwork;
    private final RequestQueue.Faults faults;
    private final Counters counters = new Counters();
    private volatile Consumer<TraceEvent> tracer;

    Observation(RequestQueue queue, Clockwork clockwork, RequestQueue.Faults faults) {
        this.queue = queue;
        this.clockwork = clockwork;
        this.faults = faults;
    }

    /** A step of a bio that has no request. */
    void step(TraceEvent.Step step, BlockBio bio) {
        Consumer<TraceEvent> to = tracer;
        if (to != null) {
            to.accept(event(step, bio, -1, null));
        }
    }

    void merged(BlockBio bio, Tag into) {
        counters.merged();
        Consumer<TraceEvent> to = tracer;
        if (to != null) {
            to.accept(event(TraceEvent.Step.MERGED, bio, into.tag(), null));
        }
    }

    void abandoned(BlockBio bio, Tag tag, BlockStatus status) {
        Consumer<TraceEvent> to = tracer;
        if (to != null) {
            // The tag may serve another request already, if the driver has let go meanwhile.
            to.accept(event(TraceEvent.Step.ABANDONED, bio, tag.tag(), status));
        }
    }

    private TraceEvent event(TraceEvent.Step step, BlockBio bio, int tag, BlockStatus status) {
        return new TraceEvent(
                clockwork.nanoTime(),
                step,
                bio.op(),
                bio.sector(),
                bio.sectors(),
                tag,
                status,
                Thread.currentThread().getName());
    }

    /** A step of a request, while nobody else may take the tag. */
    void step(TraceEvent.Step step, Tag tag, BlockStatus status) {
        Consumer<TraceEvent> to = tracer;
        if (to != null) {
            to.accept(new TraceEvent(
                    clockwork.nanoTime(),
                    step,
                    tag.op(),
                    tag.sector(),
                    tag.sectors(),
                    tag.tag(),
                    status,
                    Thread.currentThread().getName()));
        }
    }

    void completed(Tag tag, BlockStatus status, long timeoutNanos) {
        tag.tally.count(tag.op(), tag.sectors(), status);
        boolean recorded = Recorder.wantsRequests();
        if (recorded || tag.isSampled()) {
            long latencyNanos = clockwork.nanoTime() - (tag.deadlineNanos - timeoutNanos);
            counters.took(tag.op(), latencyNanos);
            if (recorded) {
                Recorder.request(tag, status, queue.name(), latencyNanos);
            }
        }
        step(TraceEvent.Step.COMPLETED, tag, status);
    }

    void endedGone() {
        counters.endedGone();
    }

    long goneCount() {
        return counters.goneCount();
    }

    /** See {@link org.unplug.block.DiskControl#trace}; one tracer at a time, the last one wins. */
    AutoCloseable trace(Consumer<TraceEvent> to) {
        Consumer<TraceEvent> own = new Consumer<>() {
            @Override
            public void accept(TraceEvent event) {
                try {
                    to.accept(event);
                } catch (Throwable t) {
                    takeOff(this);
                    faults.fault("a tracer of " + queue.name() + " threw and was taken off: " + t);
                }
            }
        };
        synchronized (this) {
            tracer = own;
        }
        return () -> takeOff(own);
    }

    private synchronized void takeOff(Consumer<TraceEvent> one) {
        if (tracer == one) {
            tracer = null;
        }
    }

    /** @param sums of the slots' tallies */
    DiskStatistics statistics(long[] sums, long abandoned, long inFlight) {
        return new DiskStatistics(
                sums[Tally.READS],
                sums[Tally.WRITES],
                sums[Tally.FLUSHES],
                sums[Tally.OTHERS],
                sums[Tally.SECTORS_READ],
                sums[Tally.SECTORS_WRITTEN],
                sums[Tally.FAILED],
                counters.mergedCount(),
                abandoned,
                counters.goneCount(),
                inFlight,
                counters.readLatency(),
                counters.writeLatency());
    }
}
