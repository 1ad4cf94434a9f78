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
        if (taken == null) {
            return new Latency(0, 0, 0, 0, 0);
        }
        Histogram copy = taken.copy();
        return new Latency(
                copy.getTotalCount(),
                copy.getValueAtPercentile(50),
                copy.getValueAtPercentile(99),
                copy.getValueAtPercentile(99.9),
                copy.getMaxValue());
    }
}
