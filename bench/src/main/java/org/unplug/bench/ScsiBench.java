package org.unplug.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
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
import org.unplug.block.DiskStatus;
import org.unplug.block.Disks;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.internal.genhd.DiskTable;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.block.internal.genhd.Owner;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskRegistration;
import org.unplug.block.spi.DiskSpec;
import org.unplug.driver.ram.RamDriver;
import org.unplug.ref.SystemClockwork;
import org.unplug.scsi.debug.LunSpec;
import org.unplug.scsi.debug.internal.adapter.Bay;
import org.unplug.scsi.debug.internal.adapter.DebugAdapter;
import org.unplug.scsi.debug.internal.adapter.Settings;
import org.unplug.scsi.internal.midlayer.Core;
import org.unplug.scsi.internal.midlayer.Journal;
import org.unplug.scsi.internal.midlayer.Timing;
import org.unplug.scsi.internal.sd.Sd;

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
    private final SystemClockwork clockwork = layer.clockwork();
    private final ConcurrentHashMap<String, Gendisk> disks = new ConcurrentHashMap<>();
    private final DiskTable table = layer.table();
    private final Owner owner = layer.owner();
    private final Bio[] bios = new Bio[BATCH];
    private final ByteBuffer[] buffers = new ByteBuffer[BATCH];
    private final SplittableRandom random = new SplittableRandom(5);
    private DiskHandle handle;
    private long ended;
    private BlockStatus worst = BlockStatus.OK;

    /** The block layer as sd sees it. */
    private final class Table implements Disks {
        @Override
        public DiskRegistration add(DiskSpec spec, DiskDriver driver) {
            Gendisk disk = table.add(owner, spec, driver);
            disks.put(spec.prefix(), disk);
            return disk;
        }

        @Override
        public List<DiskStatus> list() {
            return table.list();
        }

        @Override
        public void rescan(String disk) {}

        @Override
        public boolean settle(long timeoutMs) {
            return table.partitions().settle(timeoutMs);
        }
    }

    private static final class Silent implements Journal {
        @Override
        public void info(String line) {}

        @Override
        public void warn(String line) {
            throw new IllegalStateException(line);
        }
    }

    @Setup
    public void setUp() throws IOException {
        if (stack.equals("ram")) {
            RamDriver driver = new RamDriver(BYTES, 512);
            disks.put("disk", table.add(owner, driver.spec("ram"), driver));
        } else {
            Core core = new Core(clockwork, Timing.DEFAULT, new Silent(), new Sd(new Table()), device -> () -> {});
            DebugAdapter adapter = new DebugAdapter(new Settings("bench", 256, 128, 0, 0, 1), clockwork);
            core.attach(adapter, "bench");
            core.settle(10_000);
            new Bay(adapter, clockwork, line -> {}, remembered -> {}).insert(LunSpec.ram(BYTES));
            core.settle(10_000);
            disks.put("disk", disks.get("sd"));
        }
        table.partitions().settle(10_000);
        handle = disks.get("disk").open(owner, Holder.named("bench"), OpenMode.WRITE);
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
