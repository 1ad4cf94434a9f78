package org.unplug.bench;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;
import org.unplug.ref.Gate;

/** Enter and exit of a gate, beside an uncontended atomic counter up and down. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class GateBench {

    private final Gate gate = new Gate();

    /** A counter that no other thread touches. */
    @State(Scope.Thread)
    public static class Own {
        final AtomicLong counter = new AtomicLong();
        /** So that the next thread's counter is on another cache line. */
        final long[] apart = new long[16];
    }

    @Benchmark
    @Threads(1)
    public long yardstickUpAndDown(Own own) {
        own.counter.incrementAndGet();
        return own.counter.decrementAndGet();
    }

    /** What a second thread costs the machine by itself: the two share nothing. */
    @Benchmark
    @Threads(2)
    public long yardstickUpAndDownTwoThreads(Own own) {
        own.counter.incrementAndGet();
        return own.counter.decrementAndGet();
    }

    @Benchmark
    @Threads(1)
    public boolean enterExitOneThread() {
        boolean in = gate.enter();
        gate.exit();
        return in;
    }

    @Benchmark
    @Threads(2)
    public boolean enterExitTwoThreads() {
        boolean in = gate.enter();
        gate.exit();
        return in;
    }
}
