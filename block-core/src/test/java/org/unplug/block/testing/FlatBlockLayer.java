package org.unplug.block.testing;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.block.DiskState;
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
import org.unplug.block.spi.DiskSpec;
import org.unplug.ref.Clockwork;
import org.unplug.ref.Leaks;

/** The real block layer on a flat class path: no framework, no services, one bundle that drives and one that uses. */
public final class FlatBlockLayer implements Disks, DiskEvents, AutoCloseable {

    private final DiskTable table;
    private final Owner driverBundle = new Owner(1, "test.driver");
    private final Owner userBundle = new Owner(2, "test.user");

    public final List<String> faults = new CopyOnWriteArrayList<>();
    public final List<String> added = new CopyOnWriteArrayList<>();
    public final List<DiskInfo> resized = new CopyOnWriteArrayList<>();
    public final List<String> released = new CopyOnWriteArrayList<>();
    public final List<String> published = new CopyOnWriteArrayList<>();
    public final List<RemovalReport> reports = new CopyOnWriteArrayList<>();
    public final List<Leaks.Held> leaked = new CopyOnWriteArrayList<>();
    private final List<DiskHandle> kept = new CopyOnWriteArrayList<>();
    private boolean keepsHandles = true;
    /** What a listener of the service does when it goes. */
    public volatile Runnable whenUnpublished = () -> {};

    public FlatBlockLayer(Clockwork clockwork) {
        table = new DiskTable(clockwork, this);
    }

    public Owner driverBundle() {
        return driverBundle;
    }

    public Owner userBundle() {
        return userBundle;
    }

    @Override
    public Gendisk add(DiskSpec spec, DiskDriver driver) {
        return table.add(driverBundle, spec, driver);
    }

    /** Adds for another bundle than the usual one. */
    public Gendisk addFor(Owner bundle, DiskSpec spec, DiskDriver driver) {
        return table.add(bundle, spec, driver);
    }

    /** The disk of that name that is not released, or null. */
    public Gendisk find(String name) {
        return table.find(name);
    }

    /** Opens for the using bundle. */
    public DiskHandle open(String name, Holder holder, OpenMode mode) throws IOException {
        DiskHandle handle = table.find(name).open(userBundle, holder, mode);
        if (keepsHandles) {
            kept.add(handle);
        }
        return handle;
    }

    /** Lets handles be collected that the test does not keep itself; else one that a test forgets would be closed under it. */
    public FlatBlockLayer forgetful() {
        keepsHandles = false;
        return this;
    }

    public DiskHandle open(String name) throws IOException {
        return open(name, Holder.named("test"), OpenMode.WRITE);
    }

    /** What administrators have: schedulers, filters, resizing, statistics. */
    public DiskTable table() {
        return table;
    }

    public DiskState state(String name) {
        Gendisk disk = table.find(name);
        return disk == null ? DiskState.RELEASED : disk.state();
    }

    @Override
    public List<DiskStatus> list() {
        return table.list();
    }

    @Override
    public void rescan(String disk) {
        table.rescan(disk);
    }

    @Override
    public boolean settle(long timeoutMs) {
        return table.partitions().settle(timeoutMs);
    }

    @Override
    public Published publish(Gendisk disk) {
        published.add(disk.info().name());
        return () -> {
            published.remove(disk.info().name());
            whenUnpublished.run();
            disk.putByAll();
        };
    }

    @Override
    public void added(DiskInfo disk) {
        added.add(disk.name());
    }

    @Override
    public void resized(DiskInfo disk) {
        resized.add(disk);
    }

    @Override
    public void removed(RemovalReport report) {
        reports.add(report);
    }

    @Override
    public void released(DiskInfo disk) {
        released.add(disk.name());
    }

    @Override
    public void fault(String line) {
        faults.add(line);
    }

    @Override
    public void leaked(Leaks.Held held) {
        leaked.add(held);
    }

    /** Removes every disk. */
    @Override
    public void close() {
        table.close();
    }
}
