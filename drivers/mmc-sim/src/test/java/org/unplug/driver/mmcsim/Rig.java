package org.unplug.driver.mmcsim;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
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
import org.unplug.mmc.MmcCard;
import org.unplug.mmc.internal.bus.HostController;
import org.unplug.mmc.internal.bus.MmcBus;
import org.unplug.mmc.internal.bus.Settings;
import org.unplug.mmc.internal.port.CoreLog;
import org.unplug.mmc.spi.MmcHost;
import org.unplug.ref.Clockwork;
import org.unplug.ref.Leaks;
import org.unplug.ref.SystemClockwork;

/** The real block layer, MMC core and simulator, wired flat. */
final class Rig implements AutoCloseable, Disks, DiskEvents, CoreLog {

    static final Settings QUICK = Settings.DEFAULT.withBus(5, 20, 2000).withBusy(300);
    private static final long PATIENCE_NANOS = 20_000_000_000L;

    final SystemClockwork clockwork = Clockwork.system("test");
    final List<MmcCard> cards = new CopyOnWriteArrayList<>();
    final List<HostController.HostRemoval> removals = new CopyOnWriteArrayList<>();
    final List<RemovalReport> reports = new CopyOnWriteArrayList<>();
    final ConcurrentLinkedQueue<String> log = new ConcurrentLinkedQueue<>();
    final List<String> disks = new CopyOnWriteArrayList<>();
    final List<String> faults = new CopyOnWriteArrayList<>();
    final List<String> notes = new CopyOnWriteArrayList<>();
    final Owner owner = new Owner(1, "test");
    final DiskTable table = new DiskTable(clockwork, this);
    final MmcBus bus;
    final Simulator simulator;

    Rig(Settings settings, UnaryOperator<MmcHost> tap) {
        bus = new MmcBus(settings, clockwork, this, this::publish, this);
        simulator = new Simulator(
                clockwork,
                slot -> {
                    HostController controller = bus.attach(tap.apply(slot), slot.name());
                    return () -> removals.add(bus.remove(controller));
                },
                (slot, card, revision) -> notes.add(slot + "=" + card + "@" + revision));
        simulator.open();
    }

    Rig() {
        this(QUICK, host -> host);
    }

    private Runnable publish(MmcCard card) {
        cards.add(card);
        return () -> cards.remove(card);
    }

    MmcCard awaitCard() {
        until("a card", () -> !cards.isEmpty());
        assertTrue(table.partitions().settle(10_000), "the look for partitions");
        return cards.get(0);
    }

    void awaitNoDisk() {
        until("no card and no disk", () -> cards.isEmpty() && disks.isEmpty());
    }

    void until(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                fail("waited in vain for " + what + "; log: " + log + "; disks: " + disks);
            }
            LockSupport.parkNanos(200_000);
        }
    }

    DiskHandle open(String disk) throws IOException {
        return table.find(disk).open(owner, Holder.named("test"), OpenMode.WRITE);
    }

    DiskHandle open(String disk, Holder holder) throws IOException {
        return table.find(disk).open(owner, holder, OpenMode.WRITE);
    }

    static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(20, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    static ByteBuffer pattern(int bytes, int seed) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(bytes);
        while (buffer.hasRemaining()) {
            buffer.put((byte) (buffer.position() * 31 + (buffer.position() >> 9) * 7 + seed));
        }
        return buffer.flip();
    }

    /** Submits a write and gives its status, however it ends. */
    static BlockStatus write(DiskHandle handle, long sector, ByteBuffer data) {
        return end(handle, handle.newBio().write(sector, data));
    }

    /** Submits a bio and gives its status, however it ends. */
    static BlockStatus end(DiskHandle handle, Bio what) {
        List<BlockStatus> ends = new ArrayList<>();
        handle.submit(what.onEnd(bio -> {
            synchronized (ends) {
                ends.add(bio.status());
                ends.notifyAll();
            }
        }));
        synchronized (ends) {
            long deadline = System.nanoTime() + PATIENCE_NANOS;
            while (ends.isEmpty() && System.nanoTime() < deadline) {
                try {
                    ends.wait(1000);
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
            if (ends.size() != 1) {
                fail("the bio ended " + ends.size() + " times");
            }
            return ends.get(0);
        }
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
    public void rescan(String disk) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean settle(long timeoutMs) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Published publish(Gendisk disk) {
        return () -> {};
    }

    @Override
    public void added(DiskInfo disk) {
        disks.add(disk.name() + "#" + disk.epoch());
    }

    @Override
    public void removed(RemovalReport report) {
        reports.add(report);
    }

    @Override
    public void released(DiskInfo disk) {
        disks.remove(disk.name() + "#" + disk.epoch());
    }

    @Override
    public void fault(String line) {
        faults.add(line);
    }

    @Override
    public void leaked(Leaks.Held held) {
        faults.add("leaked: " + held);
    }

    @Override
    public void info(String line) {
        log.add(line);
    }

    @Override
    public void warn(String line) {
        log.add("WARN " + line);
    }

    @Override
    public void close() {
        simulator.close();
        table.close();
        clockwork.close();
    }
}
