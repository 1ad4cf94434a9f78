package org.unplug.driver.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.unplug.block.Disk;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.block.DiskStatus;
import org.unplug.block.Disks;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.internal.genhd.DiskEvents;
import org.unplug.block.internal.genhd.DiskTable;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.block.internal.genhd.OwnedDisk;
import org.unplug.block.internal.genhd.Owner;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskRegistration;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.FilterRegistration;
import org.unplug.block.stack.Filter;
import org.unplug.block.stack.FilterDriver;
import org.unplug.block.stack.StackPlan;
import org.unplug.block.stack.StackedDisk;
import org.unplug.ref.Clockwork;
import org.unplug.ref.Leaks;
import org.unplug.ref.SystemClockwork;

/** A block layer of a test's own, on the real clock and without a framework; counts what the layer complains of. */
public final class Rig implements Disks, DiskEvents, AutoCloseable {

    private static final long PATIENCE_NANOS = 20_000_000_000L;

    private final SystemClockwork clockwork = Clockwork.system("rig");
    private final DiskTable table = new DiskTable(clockwork, this);
    private final Owner owner = new Owner(1, "test");
    private final List<String> faults = Collections.synchronizedList(new ArrayList<>());
    private final List<RemovalReport> reports = Collections.synchronizedList(new ArrayList<>());

    public Clockwork clockwork() {
        return clockwork;
    }

    @Override
    public Gendisk add(DiskSpec spec, DiskDriver driver) {
        return table.add(owner, spec, driver);
    }

    @Override
    public List<DiskStatus> list() {
        return table.list();
    }

    @Override
    public void rescan(String disk) {
        table.partitions().lookAgain(table.find(disk));
    }

    @Override
    public boolean settle(long timeoutMs) {
        return table.partitions().settle(timeoutMs);
    }

    /** Puts a platter in as a disk. */
    public Gendisk insert(Platter platter) {
        return add(platter.spec(), platter);
    }

    /** A disk as a caller sees it. */
    public Disk disk(DiskRegistration registration) {
        return new OwnedDisk((Gendisk) registration, owner);
    }

    public DiskHandle open(DiskRegistration disk, Holder holder) throws IOException {
        return disk(disk).open(holder, OpenMode.WRITE);
    }

    public DiskHandle open(DiskRegistration disk) throws IOException {
        return open(disk, Holder.named("test"));
    }

    /** The disk of that name as the block layer knows it. */
    public Gendisk find(String name) {
        return table.find(name);
    }

    /** Builds a stack, with no concern for when it goes. */
    public StackedDisk stack(StackPlan plan, DiskRegistration... lowers) throws IOException {
        List<Disk> disks = new ArrayList<>();
        for (DiskRegistration lower : lowers) {
            disks.add(disk(lower));
        }
        return StackedDisk.build(plan, disks, this, clockwork, () -> {});
    }

    /** Offers a filter that makes what a plan makes over its one disk. */
    public Filter offer(StackPlan plan) {
        Filter filter = new Filter() {
            @Override
            public String name() {
                return plan.name();
            }

            @Override
            public FilterDriver create(DiskHandle below, Map<String, ?> options) {
                try {
                    return plan.maker().make(List.of(below));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        };
        table.filters().add(owner, filter, (name, disk, services) -> () -> {});
        return filter;
    }

    /** The filter's service goes: it is taken out everywhere. */
    public void withdraw(Filter filter) {
        table.filters().remove(filter);
    }

    /** Puts an offered filter into the queue of a disk. */
    public FilterRegistration insert(Gendisk disk, Filter filter) {
        return table.filters().insert(disk.info().name(), filter.name(), Map.of());
    }

    /** Opens the upper disk of a stack. */
    public DiskHandle open(StackedDisk stack, Holder holder) throws IOException {
        return open(find(stack.info().name()), holder);
    }

    public DiskHandle open(StackedDisk stack) throws IOException {
        return open(stack, Holder.named("test"));
    }

    /** Until nobody has a disk open: the block layer's own look for partitions may still be under way. */
    public void awaitNoHandle() {
        await(
                () -> "no handle: " + list(),
                () -> list().stream().allMatch(d -> d.handles().isEmpty()));
    }

    /** Waits for a condition, in real time, and fails loudly when it does not come. */
    public static void await(String what, BooleanSupplier condition) {
        await(() -> what, condition);
    }

    public static void await(Supplier<String> what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("did not come: " + what.get());
            }
            LockSupport.parkNanos(200_000);
        }
    }

    /** What the block layer complained of: drivers that broke their contract, end actions that threw. */
    public List<String> faults() {
        return List.copyOf(faults);
    }

    /** The reports of a disk's removals. */
    public List<RemovalReport> reports(String disk) {
        synchronized (reports) {
            return reports.stream().filter(r -> r.disk().name().equals(disk)).toList();
        }
    }

    @Override
    public Published publish(Gendisk disk) {
        return () -> {};
    }

    @Override
    public void added(DiskInfo disk) {}

    @Override
    public void resized(DiskInfo disk) {}

    @Override
    public void removed(RemovalReport report) {
        reports.add(report);
    }

    @Override
    public void released(DiskInfo disk) {}

    @Override
    public void fault(String line) {
        faults.add(line);
    }

    @Override
    public void leaked(Leaks.Held held) {
        faults.add("leaked: " + held);
    }

    /** A holder that counts what it is told. */
    public static final class Witness implements Holder {
        private final List<Removal> told = Collections.synchronizedList(new ArrayList<>());
        private volatile int syncs;

        @Override
        public String holderName() {
            return "witness";
        }

        @Override
        public synchronized void sync(long timeoutMs) {
            syncs++;
        }

        @Override
        public void markDead(Removal kind) {
            told.add(kind);
        }

        public List<Removal> told() {
            return List.copyOf(told);
        }

        public int syncs() {
            return syncs;
        }
    }

    @Override
    public void close() {
        table.close();
        owner.stopped(clockwork);
        clockwork.close();
    }
}
