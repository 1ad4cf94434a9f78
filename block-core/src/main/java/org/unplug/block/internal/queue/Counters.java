package org.unplug.block.internal.queue;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.HdrHistogram.AtomicHistogram;
import org.HdrHistogram.Histogram;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskStatistics.Latency;

/**
 * What a queue has done. Counts are spread over stripes as a gate's are; latencies are taken of one request in
 * {@link #SAMPLING} of each slot, in histograms that are made with the first sample.
 */
final class Counters {

    static final int SAMPLING = 16;

    private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int STRIPES = 8;
    private static final int STRIPE_LONGS = 16;
    private static final int SPREAD = 0x9E3779B9;

    private static final int READS = 0;
    private static final int WRITES = 1;
    private static final int FLUSHES = 2;
    private static final int OTHERS = 3;
    private static final int SECTORS_READ = 4;
    private static final int SECTORS_WRITTEN = 5;
    private static final int FAILED = 6;
    private static final int MERGED = 7;

    private static final long LONGEST_NANOS = 120_000_000_000L;
    private static final int DIGITS = 2;

    private final long[] counts = new long[(STRIPES + 1) * STRIPE_LONGS];
    private volatile AtomicHistogram reads;
    private volatile AtomicHistogram writes;

    void completed(BioOp op, long sectors, BlockStatus status) {
        int stripe = stripe();
        if (status != BlockStatus.OK) {
            add(stripe + FAILED, 1);
            return;
        }
        switch (op) {
            case READ -> {
                add(stripe + READS, 1);
                add(stripe + SECTORS_READ, sectors);
            }
            case WRITE -> {
                add(stripe + WRITES, 1);
                add(stripe + SECTORS_WRITTEN, sectors);
            }
            case FLUSH -> add(stripe + FLUSHES, 1);
            default -> add(stripe + OTHERS, 1);
        }
    }

    void merged() {
        add(stripe() + MERGED, 1);
    }

    private static int stripe() {
        return (((int) Thread.currentThread().getId() * SPREAD >>> 29) + 1) * STRIPE_LONGS;
    }

    private void add(int at, long amount) {
        COUNT.getAndAdd(counts, at, amount);
    }

    private long sum(int which) {
        long sum = 0;
        for (int stripe = 1; stripe <= STRIPES; stripe++) {
            sum += (long) COUNT.getVolatile(counts, stripe * STRIPE_LONGS + which);
        }
        return sum;
    }

    void took(BioOp op, long nanos) {
        if (op == BioOp.READ || op == BioOp.WRITE) {
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

    long reads() {
        return sum(READS);
    }

    long writes() {
        return sum(WRITES);
    }

    long flushes() {
        return sum(FLUSHES);
    }

    long others() {
        return sum(OTHERS);
    }

    long sectorsRead() {
        return sum(SECTORS_READ);
    }

    long sectorsWritten() {
        return sum(SECTORS_WRITTEN);
    }

    long failed() {
        return sum(FAILED);
    }

    long mergedCount() {
        return sum(MERGED);
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
