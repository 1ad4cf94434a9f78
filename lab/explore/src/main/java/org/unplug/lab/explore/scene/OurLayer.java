package org.unplug.lab.explore.scene;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.unplug.block.BlockStatus;
import org.unplug.block.Disk;
import org.unplug.block.DiskInfo;
import org.unplug.block.Disks;
import org.unplug.block.RemovalReport;
import org.unplug.block.internal.genhd.DiskEvents;
import org.unplug.block.internal.genhd.DiskTable;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.block.internal.genhd.OwnedDisk;
import org.unplug.block.internal.genhd.OwnedDisks;
import org.unplug.block.internal.genhd.Owner;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskRegistration;
import org.unplug.block.spi.DiskSpec;
import org.unplug.ref.Leaks;

/** The real block layer with four bundles: one whose disk goes, one whose disk stays, one that stacks, one that uses. */
final class OurLayer implements Layer, DiskEvents {

    private final Time time;
    private final Notes notes;
    private final DiskTable table;
    private final Owner goes = new Owner(1, "driver");
    private final Owner stays = new Owner(2, "other");
    private final Owner user = new Owner(3, "user");
    private final Owner stack = new Owner(4, "stack");
    /** By epoch: a name is free again when its disk is released. */
    private final List<Long> published = new ArrayList<>();

    private final List<Long> released = new ArrayList<>();
    private final Map<Long, Runnable> whenUnpublished = new HashMap<>();
    private final Map<String, RemovalReport> reports = new HashMap<>();

    OurLayer(Time time, Notes notes) {
        this.time = time;
        this.notes = notes;
        table = new DiskTable(time, this);
    }

    @Override
    public DiskSpec spec(DiskSpec ours) {
        return ours;
    }

    @Override
    public DiskRegistration add(boolean staying, DiskSpec spec, DiskDriver driver) {
        return table.add(staying ? stays : goes, spec, driver);
    }

    @Override
    public Disks stacks() {
        return new OwnedDisks(table, stack);
    }

    @Override
    public void settle() {
        table.partitions().settle(10_000);
    }

    @Override
    public Disk find(String name) {
        return new OwnedDisk(table.existing(name), user);
    }

    @Override
    public void whenUnpublished(DiskInfo disk, Runnable then) {
        whenUnpublished.put(disk.epoch(), then);
    }

    @Override
    public boolean isReleased(DiskInfo disk) {
        return released.contains(disk.epoch());
    }

    @Override
    public void schedule(String disk, String scheduler) {
        table.schedule(disk, scheduler);
    }

    @Override
    public void stopping(DiskRegistration disk) {
        goes.stopping(time);
    }

    @Override
    public void stopped() {
        goes.stopped(time);
    }

    @Override
    public boolean isRefusal(BlockStatus status) {
        return status == BlockStatus.GONE;
    }

    @Override
    public boolean isOurs() {
        return true;
    }

    @Override
    public RemovalReport report(String disk) {
        return reports.get(disk);
    }

    @Override
    public List<String> leftOf(DiskInfo disk) {
        user.stopped(time);
        notes.looked("R12");
        // What the core has set for later must be over soon.
        time.scheduler().until(() -> isReleased(disk));
        List<String> left = new ArrayList<>();
        if (Collections.frequency(released, disk.epoch()) != 1) {
            left.add("R5 released " + Collections.frequency(released, disk.epoch()) + " times");
        }
        if (published.contains(disk.epoch())) {
            left.add("R12 the disk is still published");
        }
        return left;
    }

    @Override
    public long probe() {
        return released.size();
    }

    @Override
    public void giveUp() {}

    // ---- what the disks tell

    @Override
    public Published publish(Gendisk added) {
        published.add(added.info().epoch());
        return () -> {
            if (!published.remove((Long) added.info().epoch())) {
                notes.broken("R11 withdrawn twice: " + added.info().name());
            }
            whenUnpublished.getOrDefault(added.info().epoch(), () -> {}).run();
            added.putByAll();
        };
    }

    @Override
    public void added(DiskInfo added) {}

    @Override
    public void removed(RemovalReport made) {
        reports.putIfAbsent(made.disk().name(), made);
    }

    @Override
    public void released(DiskInfo gone) {
        released.add(gone.epoch());
    }

    @Override
    public void fault(String line) {
        notes.broken("FAULT " + line);
    }

    @Override
    public void leaked(Leaks.Held held) {
        notes.broken("R12 leaked " + held.what());
    }
}
