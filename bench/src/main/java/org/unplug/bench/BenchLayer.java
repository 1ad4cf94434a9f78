package org.unplug.bench;

import org.unplug.block.DiskInfo;
import org.unplug.block.RemovalReport;
import org.unplug.block.internal.genhd.DiskEvents;
import org.unplug.block.internal.genhd.DiskTable;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.block.internal.genhd.Owner;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskSpec;
import org.unplug.ref.Clockwork;
import org.unplug.ref.Leaks;
import org.unplug.ref.SystemClockwork;

/** The block layer on a flat class path, with one bundle, that tells nobody anything but faults. */
public final class BenchLayer implements DiskEvents, AutoCloseable {

    private final SystemClockwork clockwork = Clockwork.system("bench");
    private final DiskTable table = new DiskTable(clockwork, this);
    private final Owner owner = new Owner(1, "bench");

    public Gendisk add(DiskSpec spec, DiskDriver driver) {
        Gendisk disk = table.add(owner, spec, driver);
        if (!table.partitions().settle(60_000)) {
            throw new IllegalStateException("the look for partitions does not end");
        }
        return disk;
    }

    public Owner owner() {
        return owner;
    }

    DiskTable table() {
        return table;
    }

    public SystemClockwork clockwork() {
        return clockwork;
    }

    @Override
    public Published publish(Gendisk disk) {
        return () -> {};
    }

    @Override
    public void added(DiskInfo disk) {}

    @Override
    public void removed(RemovalReport report) {}

    @Override
    public void released(DiskInfo disk) {}

    @Override
    public void fault(String line) {
        throw new IllegalStateException(line);
    }

    @Override
    public void leaked(Leaks.Held held) {
        throw new IllegalStateException(held.toString());
    }

    @Override
    public void close() {
        table.close();
        clockwork.close();
    }
}
