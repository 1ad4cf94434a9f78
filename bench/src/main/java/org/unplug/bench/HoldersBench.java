package org.unplug.bench;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.unplug.block.BlockStatus;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.block.spi.DiskSpec;
import org.unplug.ref.Kref;
import org.unplug.ref.Leaks;

/**
 * What it costs to know who holds what, by level: a get and put of a reference with a name, and an open and close of a disk,
 * beside a plain get and put.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class HoldersBench {

    @Param({"OFF", "SAMPLED", "ALL"})
    Leaks.Level level;

    private final BenchLayer layer = new BenchLayer();
    private final Holder holder = Holder.named("bench");
    private final Leaks leaks = new Leaks("org.unplug.nobody.", lost -> {});
    private final Kref kref = new Kref("thing", leaks, () -> {});
    private Gendisk disk;

    @Setup
    public void setUp() {
        leaks.setLevel(level);
        layer.table().leaks().setLevel(level);
        disk = layer.add(DiskSpec.of("bench", 1 << 20), request -> {
            request.complete(BlockStatus.OK);
            return true;
        });
    }

    @TearDown
    public void tearDown() {
        layer.close();
        leaks.close();
    }

    @Benchmark
    public boolean yardstickPlainGetPut() {
        kref.get();
        return kref.put();
    }

    @Benchmark
    public boolean namedGetPut() {
        return kref.tryHold("service", "bench", "bench").put();
    }

    @Benchmark
    public void openClose() throws IOException {
        disk.open(layer.owner(), holder, OpenMode.READ).close();
    }
}
