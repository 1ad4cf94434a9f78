package org.unplug.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.Request;

/**
 * A 4 KiB read from submit to end over a driver that does nothing: 32 bios in flight, submitted in batches of 8, completed in
 * batches by the driver's commit. The yardstick is one uncontended atomic increment in the same run.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SubmitBench {

    private static final int DEPTH = 32;
    private static final int BATCH = 8;

    @Param({"0", "1000"})
    int otherDisks;

    private BenchLayer layer;
    private DiskHandle handle;
    private final Bio[] bios = new Bio[DEPTH];
    private final AtomicLong yardstick = new AtomicLong();
    private long ended;

    /** Completes inline. */
    static final class NullDriver implements DiskDriver {
        @Override
        public boolean queueRequest(Request request) {
            request.complete(BlockStatus.OK);
            return true;
        }
    }

    /** Keeps up to so many requests and completes the oldest ones at each commit, as a polled device does. */
    static final class PolledDriver implements DiskDriver {
        private final Request[] ring = new Request[128];
        private int head;
        private int tail;

        @Override
        public boolean queueRequest(Request request) {
            ring[head++ & 127] = request;
            return true;
        }

        @Override
        public void commit() {
            while (head - tail > DEPTH - BATCH) {
                Request oldest = ring[tail & 127];
                ring[tail++ & 127] = null;
                oldest.complete(BlockStatus.OK);
            }
        }
    }

    @Param({"inline", "polled"})
    String driver;

    private final List<DiskHandle> others = new ArrayList<>();

    @Setup
    public void setUp() throws IOException {
        layer = new BenchLayer();
        for (int i = 0; i < otherDisks; i++) {
            others.add(layer.table()
                    .add(layer.owner(), DiskSpec.of("other", 1 << 20), new NullDriver())
                    .open(layer.owner(), Holder.named("bench"), OpenMode.WRITE));
        }
        DiskDriver nothing = driver.equals("inline") ? new NullDriver() : new PolledDriver();
        layer.add(DiskSpec.of("null", 1 << 20), new NullDriver());
        handle = layer.add(DiskSpec.of("bench", 1 << 20), nothing)
                .open(layer.owner(), Holder.named("bench"), OpenMode.WRITE);
        for (int i = 0; i < DEPTH; i++) {
            bios[i] = handle.newBio().onEnd(bio -> ended++);
            bios[i].read(i * 8L, ByteBuffer.allocateDirect(4096));
        }
    }

    @TearDown
    public void tearDown() {
        layer.close();
    }

    @Benchmark
    public long yardstickIncrement() {
        return yardstick.incrementAndGet();
    }

    private int next;

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long submitToEnd() {
        int from = next;
        next = next + BATCH & DEPTH - 1;
        handle.submit(bios, from, from + BATCH);
        return ended;
    }
}
