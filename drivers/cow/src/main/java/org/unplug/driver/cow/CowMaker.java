package org.unplug.driver.cow;

import java.util.List;
import java.util.Map;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.block.OpenMode;
import org.unplug.block.stack.FilterDriver;
import org.unplug.block.stack.Options;
import org.unplug.block.stack.StackPlan;
import org.unplug.ref.Clockwork;

/** Makes snapshots: the first disk is the origin, a second one takes the writes. */
final class CowMaker implements StackPlan.Maker {

    private static final long MOST_BYTES = 1L << 40;

    private final long maxBytes;
    private final Clockwork clockwork;

    CowMaker(Map<String, ?> config, Clockwork clockwork) {
        Options options = new Options("cow", config);
        maxBytes = options.whole("maxBytes", 256 << 20, 4096, MOST_BYTES);
        options.refuseOthers();
        this.clockwork = clockwork;
    }

    static StackPlan plan(Map<String, ?> config, Clockwork clockwork) {
        List<String> disks = new Options("cow", config).texts("disk");
        if (disks.size() > 2) {
            throw new IllegalArgumentException(
                    "cow: option disk names " + disks + ": must be an origin, and at most a store");
        }
        return new StackPlan("cow", disks, disks.size(), new CowMaker(config, clockwork));
    }

    @Override
    public OpenMode mode(DiskInfo lower, int index) {
        return index == 0 ? OpenMode.READ : OpenMode.EXCLUSIVE;
    }

    @Override
    public FilterDriver make(List<DiskHandle> below) {
        DiskHandle origin = below.get(0);
        int blockBytes =
                below.stream().mapToInt(h -> h.info().logicalBlockBytes()).max().orElseThrow();
        if (below.size() == 1) {
            return new CowDriver(origin, new RamStore(maxBytes, blockBytes), blockBytes, false, clockwork);
        }
        DiskHandle store = below.get(1);
        return new CowDriver(
                origin,
                new DiskStore(store, blockBytes),
                blockBytes,
                store.info().writeCache(),
                clockwork);
    }
}
