package org.unplug.block.internal.queue;

import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.AtomicHistogram;
import org.HdrHistogram.Histogram;
import org.unplug.block.BioOp;
import org.unplug.block.DiskStatistics.Latency;

/**
 * What a queue has done, but for what each slot counts by itself ({@link Tally}). Latencies are taken of one request in
 * {@link #SAMPLING} of each slot, in histograms that are made with the first sample.
 */
final class Counters {

    static final int SAMPLING = 16;

    private static final long LONGEST_NANOS = 120_000_000_000L;
    private static final int DIGITS = 2;

    private final AtomicLong merged = new AtomicLong();
    private final AtomicLong endedGone = new AtomicLong();
    private volatile AtomicHistogram reads;
    private volatile AtomicHistogram writes;

    void merged() {
        merged.incrementAndGet();
    }

    void endedGone() {
        endedGone.incrementAndGet();
    }

    long mergedCount() {
        return merged.get();
    }

    long goneCount() {
        return endedGone.get();
    }

    void took(BioOp op, long nanos) {
        if (op.hasData()) {
            histogram(op).recordValue(Math.max(0, Math.min(LONGEST_NANOS, nanos)));
        }
    }

    private AtomicHistogram histogram(BioOp op) {
        AtomicHistogram found = op == BioOp.READ ? reads : writes;
        return found == null ? make(op) : found;
    }

    private synchronized AtomicHistogram make(BioOp op) {
        AtomicHistogram found = op == BioOp.READ ? reads : writes;
        if (found == null) {
            found = new AtomicHistogram(LONGEST_NANOS, DIGITS);
            if (op == BioOp.READ) {
                reads = found;
            } else {
                writes = found;
            }
        }
        return found;
    }

    Latency readLatency() {
        return latency(reads);
    }

    Latency writeLatency() {
        return latency(writes);
    }

    private static Latency latency(AtomicHistogram taken) {
        return new Taken(taken == null ? new Histogram(LONGEST_NANOS, DIGITS) : copy(taken));
    }

    /** Of a histogram that others add to meanwhile; its total is then that of the copy's buckets. */
    private static Histogram copy(AtomicHistogram taken) {
        Histogram copy = new Histogram(LONGEST_NANOS, DIGITS);
        copy.add(taken);
        return copy;
    }

    /** Latencies at some instant; the histogram is not changed any more. */
    private record Taken(Histogram histogram) implements Latency {
        @Override
        public long samples() {
            return histogram.getTotalCount();
        }

        @Override
        public long at(double part) {
            return samples() == 0 ? 0 : histogram.getValueAtPercentile(part * 100);
        }

        @Override
        public Latency since(Latency earlier) {
            if (!(earlier instanceof Taken before) || before.samples() > samples()) {
                throw new IllegalArgumentException("latencies of " + samples() + " samples are not later than those of "
                        + earlier.samples() + " samples");
            }
            Histogram left = histogram.copy();
            left.subtract(before.histogram);
            return new Taken(left);
        }
    }
}
