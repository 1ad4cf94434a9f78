package org.unplug.driver.stats.internal;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.driver.stats.OperationStats;

/** Counts one operation. Recording is wait-free and allocates nothing; taking the figures is not. */
final class Meter {

    private static final long MOST_NANOS = 3_600_000_000_000L;
    private static final int DIGITS = 2;

    private final BioOp op;
    private final Recorder recorder = new Recorder(MOST_NANOS, DIGITS);
    private final LongAdder sectors = new LongAdder();
    private final Map<BlockStatus, LongAdder> errors = new EnumMap<>(BlockStatus.class);

    /** Guarded by this, as all below: what was taken out of the recorder. */
    private final Histogram total = new Histogram(MOST_NANOS, DIGITS);

    private Histogram interval;
    private Figures totalFigures = Figures.NONE;

    private record Figures(long sectors, Map<BlockStatus, Long> errors) {
        static final Figures NONE = new Figures(0, Map.of());

        Figures plus(Figures more) {
            Map<BlockStatus, Long> sum = new EnumMap<>(BlockStatus.class);
            sum.putAll(errors);
            more.errors.forEach((status, count) -> sum.merge(status, count, Long::sum));
            return new Figures(sectors + more.sectors, sum);
        }
    }

    /** An interval as callers see it may lie in several of ours. */
    private final Histogram shown = new Histogram(MOST_NANOS, DIGITS);

    private Figures shownFigures = Figures.NONE;

    Meter(BioOp op) {
        this.op = op;
        for (BlockStatus status : BlockStatus.values()) {
            errors.put(status, new LongAdder());
        }
    }

    void record(long nanos, long moved, BlockStatus status) {
        recorder.recordValue(Math.max(0, Math.min(nanos, MOST_NANOS)));
        if (status == BlockStatus.OK) {
            sectors.add(moved);
        } else {
            errors.get(status).increment();
        }
    }

    private void take() {
        interval = recorder.getIntervalHistogram(interval);
        Map<BlockStatus, Long> counted = new EnumMap<>(BlockStatus.class);
        for (BlockStatus status : BlockStatus.values()) {
            long count = errors.get(status).sumThenReset();
            if (count > 0) {
                counted.put(status, count);
            }
        }
        Figures figures = new Figures(sectors.sumThenReset(), counted);
        total.add(interval);
        totalFigures = totalFigures.plus(figures);
        shown.add(interval);
        shownFigures = shownFigures.plus(figures);
    }

    synchronized OperationStats total() {
        take();
        return stats(total, totalFigures);
    }

    synchronized OperationStats interval() {
        take();
        OperationStats stats = stats(shown, shownFigures);
        shown.reset();
        shownFigures = Figures.NONE;
        return stats;
    }

    synchronized void reset() {
        take();
        total.reset();
        shown.reset();
        totalFigures = Figures.NONE;
        shownFigures = Figures.NONE;
    }

    private OperationStats stats(Histogram histogram, Figures figures) {
        return new OperationStats(
                op,
                histogram.getTotalCount(),
                figures.sectors,
                figures.errors,
                (long) histogram.getMean(),
                histogram.getValueAtPercentile(50),
                histogram.getValueAtPercentile(99),
                histogram.getValueAtPercentile(99.9),
                histogram.getMaxValue());
    }
}
