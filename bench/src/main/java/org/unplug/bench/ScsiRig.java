package org.unplug.bench;

import java.io.IOException;
import java.util.List;
import org.unplug.block.DiskStatus;
import org.unplug.block.Disks;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskRegistration;
import org.unplug.block.spi.DiskSpec;
import org.unplug.scsi.debug.LunSpec;
import org.unplug.scsi.debug.internal.adapter.Bay;
import org.unplug.scsi.debug.internal.adapter.DebugAdapter;
import org.unplug.scsi.debug.internal.adapter.Settings;
import org.unplug.scsi.internal.midlayer.Core;
import org.unplug.scsi.internal.midlayer.Journal;
import org.unplug.scsi.internal.midlayer.Timing;
import org.unplug.scsi.internal.sd.Sd;

/** The whole SCSI stack, flat, over a debug adapter with one unit in memory. */
final class ScsiRig implements Disks, Journal {

    private static final long SETTLE_MS = 10_000;

    private final BenchLayer layer;
    private final Core core;
    private final Bay bay;
    private volatile Gendisk disk;

    ScsiRig(BenchLayer layer, Settings settings, LunSpec unit, Timing timing) throws IOException {
        this.layer = layer;
        core = new Core(layer.clockwork(), timing, this, new Sd(this), device -> () -> {});
        DebugAdapter adapter = new DebugAdapter(settings, layer.clockwork());
        core.attach(adapter, "bench");
        core.settle(SETTLE_MS);
        bay = new Bay(adapter, layer.clockwork(), line -> {}, remembered -> {});
        bay.insert(unit);
        core.settle(SETTLE_MS);
        layer.table().partitions().settle(SETTLE_MS);
    }

    Core core() {
        return core;
    }

    Bay bay() {
        return bay;
    }

    Gendisk disk() {
        return disk;
    }

    @Override
    public DiskRegistration add(DiskSpec spec, DiskDriver driver) {
        disk = layer.table().add(layer.owner(), spec, driver);
        return disk;
    }

    @Override
    public List<DiskStatus> list() {
        return layer.table().list();
    }

    @Override
    public void rescan(String name) {}

    @Override
    public boolean settle(long timeoutMs) {
        return layer.table().partitions().settle(timeoutMs);
    }

    @Override
    public void info(String line) {}

    @Override
    public void warn(String line) {
        throw new IllegalStateException(line);
    }
}
