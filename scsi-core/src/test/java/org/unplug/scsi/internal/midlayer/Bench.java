package org.unplug.scsi.internal.midlayer;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.block.DiskStatus;
import org.unplug.block.Disks;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.RemovalReport;
import org.unplug.block.internal.genhd.DiskEvents;
import org.unplug.block.internal.genhd.DiskTable;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.block.internal.genhd.Owner;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskRegistration;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.testing.VirtualClockwork;
import org.unplug.ref.Clockwork;
import org.unplug.ref.Leaks;
import org.unplug.ref.SystemClockwork;
import org.unplug.scsi.ScsiDevice;
import org.unplug.scsi.internal.sd.Sd;

/** The mid layer on the real block layer, flat. */
final class Bench implements DiskEvents, Disks, Journal, AutoCloseable {

    /** Quick enough for tests, slow enough for a loaded machine. */
    static final Timing QUICK = new Timing(400, 2, 500, 2_000, 500, 2);

    private static final long LONG_NANOS = 20_000_000_000L;

    final Clockwork clockwork;
    private final Runnable stopClock;
    final DiskTable table;
    final Owner owner = new Owner(1, "test");
    final List<String> lines = new CopyOnWriteArrayList<>();
    final List<ScsiDevice> published = new CopyOnWriteArrayList<>();
    final List<RemovalReport> removals = new CopyOnWriteArrayList<>();
    final List<String> faults = new CopyOnWriteArrayList<>();
    final ConcurrentHashMap<String, Gendisk> disks = new ConcurrentHashMap<>();
    final Core core;

    Bench(Timing timing) {
        this(timing, Clockwork.system("bench"));
    }

    private Bench(Timing timing, SystemClockwork clockwork) {
        this(timing, clockwork, clockwork::close);
    }

    /** In virtual time, where a deadline is a number. */
    Bench(Timing timing, VirtualClockwork clockwork) {
        this(timing, clockwork, clockwork::close);
    }

    private Bench(Timing timing, Clockwork clockwork, Runnable stopClock) {
        this.clockwork = clockwork;
        this.stopClock = stopClock;
        table = new DiskTable(clockwork, this);
        core = new Core(clockwork, timing, this, new Sd(this), device -> {
            published.add(device);
            return () -> published.remove(device);
        });
    }

    Host attach(FakeHost driver) {
        Host host = core.attach(driver, "test.driver");
        settle();
        return host;
    }

    void settle() {
        assertTrue(core.settle(10_000), "the scan ends");
        assertTrue(table.partitions().settle(10_000), "the look for partitions ends");
    }

    DiskHandle open(String disk) throws Exception {
        return disks.get(disk).open(owner, Holder.named("test"), OpenMode.WRITE);
    }

    /** Submits a read or write of one sector and answers the bio that it rides on. */
    static Bio submit(DiskHandle handle, boolean write, long sector, Bio.End end) {
        Bio bio = handle.newBio();
        ByteBuffer data = ByteBuffer.allocate(512);
        if (write) {
            bio.write(sector, data);
        } else {
            bio.read(sector, data);
        }
        bio.onEnd(end);
        handle.submit(bio);
        return bio;
    }

    BlockStatus end(Bio bio) {
        until("the bio ends", () -> bio.status() != null);
        return bio.status();
    }

    void until(String what, BooleanSupplier condition) {
        long deadline = clockwork.nanoTime() + LONG_NANOS;
        Object moment = new Object();
        while (!condition.getAsBoolean()) {
            assertTrue(deadline - clockwork.nanoTime() > 0, what + "; " + lines + faults);
            synchronized (moment) {
                clockwork.await(moment, 1_000_000);
            }
        }
    }

    boolean said(String part) {
        return lines.stream().anyMatch(line -> line.contains(part));
    }

    @Override
    public void close() {
        table.close();
        stopClock.run();
    }

    @Override
    public DiskRegistration add(DiskSpec spec, DiskDriver driver) {
        return table.add(owner, spec, driver);
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

    @Override
    public Published publish(Gendisk disk) {
        disks.put(disk.info().name(), disk);
        return () -> disks.remove(disk.info().name(), disk);
    }

    @Override
    public void added(DiskInfo disk) {}

    @Override
    public void removed(RemovalReport report) {
        removals.add(report);
    }

    @Override
    public void released(DiskInfo disk) {}

    @Override
    public void fault(String line) {
        faults.add(line);
    }

    @Override
    public void leaked(Leaks.Held held) {}

    @Override
    public void info(String line) {
        lines.add(line);
    }

    @Override
    public void warn(String line) {
        lines.add(line);
    }

    List<String> names() {
        List<String> names = new ArrayList<>(disks.keySet());
        names.sort(null);
        return names;
    }
}
