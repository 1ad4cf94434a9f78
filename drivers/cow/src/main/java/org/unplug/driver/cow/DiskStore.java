package org.unplug.driver.cow;

import org.unplug.block.BioOp;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.block.stack.Fan;

/** A second disk. */
final class DiskStore implements CowStore {

    private final DiskHandle disk;
    private final int blockSectors;

    DiskStore(DiskHandle disk, int blockBytes) {
        this.disk = disk;
        blockSectors = blockBytes / DiskInfo.SECTOR_BYTES;
    }

    @Override
    public long places() {
        return disk.info().capacitySectors() / blockSectors;
    }

    @Override
    public void send(Fan fan, long place, long offsetSectors, long sectors) {
        fan.send(disk, fan.request().op(), place * blockSectors, offsetSectors, sectors);
    }

    @Override
    public void flush(Fan fan) {
        fan.send(disk, BioOp.FLUSH, 0, 0, 0);
    }
}
