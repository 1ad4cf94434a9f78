package org.unplug.driver.stats.internal;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.stack.PassDriver;
import org.unplug.block.stack.Passage;
import org.unplug.driver.stats.DiskStats;
import org.unplug.driver.stats.OperationStats;
import org.unplug.ref.Clockwork;

/** Passes everything down and measures how long it takes to come back. */
final class StatsDriver extends PassDriver<StatsDriver.Timed> implements DiskStats {

    private final Map<BioOp, Meter> meters = new EnumMap<>(BioOp.class);
    private final LongAdder inFlight = new LongAdder();

    StatsDriver(DiskHandle below, Clockwork clockwork) {
        super(below, clockwork);
        for (BioOp op : BioOp.values()) {
            meters.put(op, new Meter(op));
        }
    }

    /** A request with the time of its arrival. */
    final class Timed extends Passage {
        private long arrivedNanos;

        private void arrive() {
            arrivedNanos = clockwork().nanoTime();
            inFlight.increment();
            passDown();
        }

        @Override
        protected void passed(BlockStatus status, boolean held) {
            inFlight.decrement();
            meters.get(request().op())
                    .record(clockwork().nanoTime() - arrivedNanos, request().sectors(), status);
            end(status, held);
        }
    }

    /** Flushes are counted also where the lower disk needs none. */
    @Override
    public DiskSpec spec(DiskSpec derived) {
        return derived.withLimits(derived.limits().withWriteCache(true, true));
    }

    @Override
    public Map<Class<?>, Object> services() {
        return Map.of(DiskStats.class, this);
    }

    @Override
    protected Timed newPassage() {
        return new Timed();
    }

    @Override
    protected void handle(Timed passage) {
        passage.arrive();
    }

    @Override
    public List<OperationStats> total() {
        return seen(Meter::total);
    }

    @Override
    public List<OperationStats> interval() {
        return seen(Meter::interval);
    }

    private List<OperationStats> seen(Function<Meter, OperationStats> figures) {
        return Arrays.stream(BioOp.values())
                .map(meters::get)
                .map(figures)
                .filter(s -> s.requests() > 0)
                .toList();
    }

    @Override
    public long inFlight() {
        return inFlight.sum();
    }

    @Override
    public void reset() {
        meters.values().forEach(Meter::reset);
    }
}
