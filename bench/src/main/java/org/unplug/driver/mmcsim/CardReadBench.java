package org.unplug.driver.mmcsim;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
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
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.RemovalReport;
import org.unplug.block.internal.genhd.DiskEvents;
import org.unplug.block.internal.genhd.DiskTable;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.block.internal.genhd.OwnedDisks;
import org.unplug.block.internal.genhd.Owner;
import org.unplug.driver.ram.RamDriver;
import org.unplug.mmc.internal.bus.MmcBus;
import org.unplug.mmc.internal.bus.Settings;
import org.unplug.mmc.internal.port.CoreLog;
import org.unplug.mmc.sim.CardSpec;
import org.unplug.ref.Clockwork;
import org.unplug.ref.Leaks;
import org.unplug.ref.SystemClockwork;

/**
 * Sequential reads of 128 KiB, one after another, from a card in memory: through block layer, mmcblk, the command queue and the
 * simulated card, without and with the checksums of every block. The yardstick is the same through drivers/ram in the same run.
 * In the simulator's package, since it wires a slot without a framework.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CardReadBench {

    private static final int DISK_BYTES = 64 << 20;
    private static final int READ_BYTES = 128 << 10;
    private static final long PATIENCE_NANOS = 10_000_000_000L;

    /** What is read from. */
    @Param({"ram", "card", "cardWithChecksums"})
    String from;

    private SystemClockwork clockwork;
    private DiskTable table;
    private Simulator simulator;
    private DiskHandle disk;
    private volatile String name;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(READ_BYTES);
    private long sector;

    /** The block layer without a framework. */
    private static final class Layer implements DiskEvents, CoreLog {
        @Override
        public Published publish(Gendisk disk) {
            return () -> {};
        }

        @Override
        public void added(DiskInfo disk) {}

        @Override
        public void resized(DiskInfo disk) {}

        @Override
        public void removed(RemovalReport report) {}

        @Override
        public void released(DiskInfo disk) {}

        @Override
        public void fault(String line) {
            throw new IllegalStateException(line);
        }

        @Override
        public void leaked(Leaks.Held held) {}

        @Override
        public void info(String line) {}

        @Override
        public void warn(String line) {}
    }

    @Setup
    public void open() throws IOException {
        clockwork = Clockwork.system("bench");
        Layer layer = new Layer();
        table = new DiskTable(clockwork, layer);
        Owner owner = new Owner(1, "bench");
        OwnedDisks disks = new OwnedDisks(table, owner);
        if (from.equals("ram")) {
            RamDriver ram = new RamDriver(DISK_BYTES, 512);
            name = disks.add(ram.spec("ram"), ram).info().name();
        } else {
            MmcBus bus = new MmcBus(
                    Settings.DEFAULT.withBus(0, 1000, 1000), clockwork, disks, card -> published(card.disk()), layer);
            simulator = new Simulator(
                    clockwork,
                    slot -> {
                        var controller = bus.attach(slot, slot.name());
                        return () -> bus.remove(controller);
                    },
                    (slot, card, revision) -> {});
            simulator.open();
            simulator.insert("slot0", CardSpec.memory(DISK_BYTES).withChecksums(from.equals("cardWithChecksums")));
        }
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        // In the list it is a moment before it can be opened.
        while (name == null && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(1_000_000);
        }
        disks.settle(10_000);
        Gendisk found = table.find(name);
        disk = found.open(owner, Holder.named("bench"), OpenMode.WRITE);
        // Cells that were never written cost nothing to read.
        for (long at = 0; at < DISK_BYTES / 512; at += READ_BYTES / 512) {
            disk.write(at, buffer.clear());
        }
    }

    private Runnable published(String diskName) {
        name = diskName;
        return () -> {};
    }

    @TearDown
    public void close() {
        disk.close();
        if (simulator != null) {
            simulator.close();
        }
        table.close();
        clockwork.close();
    }

    @Benchmark
    public ByteBuffer read() throws IOException {
        disk.read(sector, buffer.clear());
        sector = (sector + READ_BYTES / 512) % (DISK_BYTES / 512);
        return buffer;
    }
}
