package org.unplug.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
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
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.driver.ram.RamDriver;
import org.unplug.scsi.debug.LunSpec;
import org.unplug.scsi.debug.internal.adapter.Settings;
import org.unplug.scsi.internal.midlayer.Timing;

/**
 * A random 4 KiB read from submit to end, in batches of 32 on one thread: through drivers/ram, and through the whole SCSI stack -
 * sd, mid layer, the debug adapter serving on the submitter's thread, its unit in memory. Both move the same bytes, so the ratio
 * is what SCSI costs.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ScsiBench {

    private static final int BATCH = 32;
    private static final int BLOCK_BYTES = 4096;
    private static final int BLOCK_SECTORS = BLOCK_BYTES / 512;
    private static final long BYTES = 64L << 20;

    @Param({"ram", "scsi"})
    String stack;

    private final BenchLayer layer = new BenchLayer();
    private final Bio[] bios = new Bio[BATCH];
    private final ByteBuffer[] buffers = new ByteBuffer[BATCH];
    private final SplittableRandom random = new SplittableRandom(5);
    private DiskHandle handle;
    private long ended;
    private BlockStatus worst = BlockStatus.OK;

    @Setup
    public void setUp() throws IOException {
        Gendisk disk;
        if (stack.equals("ram")) {
            RamDriver driver = new RamDriver(BYTES, 512);
            disk = layer.table().add(layer.owner(), driver.spec("ram"), driver);
            layer.table().partitions().settle(10_000);
        } else {
            disk = new ScsiRig(layer, new Settings("bench", 256, 128, 0, 0, 1), LunSpec.ram(BYTES), Timing.DEFAULT)
                    .disk();
        }
        handle = disk.open(layer.owner(), Holder.named("bench"), OpenMode.WRITE);
        ByteBuffer data = ByteBuffer.allocateDirect(1 << 20);
        for (long sector = 0; sector < BYTES / 512; sector += data.capacity() / 512) {
            handle.write(sector, data);
        }
        for (int i = 0; i < BATCH; i++) {
            buffers[i] = ByteBuffer.allocateDirect(BLOCK_BYTES);
            bios[i] = handle.newBio().onEnd(this::ended);
        }
    }

    private void ended(Bio bio) {
        ended++;
        if (!bio.status().ok()) {
            worst = bio.status();
        }
    }

    @TearDown
    public void tearDown() {
        layer.close();
        if (!worst.ok()) {
            throw new IllegalStateException("a read ended " + worst);
        }
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long randomRead() {
        for (int i = 0; i < BATCH; i++) {
            bios[i].read(random.nextLong(BYTES / BLOCK_BYTES) * BLOCK_SECTORS, buffers[i]);
        }
        handle.submit(bios, 0, BATCH);
        return ended;
    }
}
