package org.unplug.block.internal.genhd;

import java.util.List;
import org.unplug.block.DiskStatus;
import org.unplug.block.Disks;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskSpec;

/** The disk table as one bundle sees it: what it adds is its own. */
public record OwnedDisks(DiskTable table, Owner owner) implements Disks {
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
        table.rescan(disk);
    }

    @Override
    public boolean settle(long timeoutMs) {
        return table.partitions().settle(timeoutMs);
    }
}
