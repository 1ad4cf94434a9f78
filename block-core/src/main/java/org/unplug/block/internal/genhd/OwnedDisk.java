package org.unplug.block.internal.genhd;

import java.io.IOException;
import org.unplug.block.Disk;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.block.DiskState;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;

/** A disk as one bundle sees it: what it opens is its own. */
public record OwnedDisk(Gendisk disk, Owner owner) implements Disk {
    @Override
    public DiskInfo info() {
        return disk.info();
    }

    @Override
    public DiskState state() {
        return disk.state();
    }

    @Override
    public DiskHandle open(Holder holder, OpenMode mode) throws IOException {
        return disk.open(owner, holder, mode);
    }

    @Override
    public String toString() {
        return disk.info().name() + " for " + owner;
    }
}
