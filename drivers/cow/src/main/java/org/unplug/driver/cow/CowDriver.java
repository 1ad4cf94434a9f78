package org.unplug.driver.cow;

import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.Request;
import org.unplug.block.stack.Fan;
import org.unplug.block.stack.PassDriver;
import org.unplug.ref.Clockwork;

/**
 * Reads what was written from the store and all else from the origin; writes to the store. A block is a logical block of the
 * snapshot, so that nothing is ever copied from the origin before a write.
 */
final class CowDriver extends PassDriver<CowDriver.Cow> {

    private final CowStore store;
    private final int blockBytes;
    private final int blockSectors;
    private final boolean storeCaches;
    private final CowMap map;

    CowDriver(DiskHandle origin, CowStore store, int blockBytes, boolean storeCaches, Clockwork clockwork) {
        super(origin, clockwork);
        this.store = store;
        this.blockBytes = blockBytes;
        this.storeCaches = storeCaches;
        blockSectors = blockBytes / DiskInfo.SECTOR_BYTES;
        map = new CowMap(store.places());
    }

    /** A request, in pieces; a write shows once all of it is in the store. */
    final class Cow extends Fan {
        @Override
        protected void allEnded() {
            if (request().op() == org.unplug.block.BioOp.WRITE && failure() == BlockStatus.OK) {
                map.written(request().sector() / blockSectors, request().sectors() / blockSectors);
            }
            super.allEnded();
        }
    }

    /** Writable though the origin be read-only; without the operations that would have to be remembered. */
    @Override
    public DiskSpec spec(DiskSpec derived) {
        return derived.withReadOnly(false)
                .withLimits(derived.limits()
                        .withLogicalBlockBytes(blockBytes)
                        .withWriteCache(storeCaches, storeCaches)
                        .withDiscard(false)
                        .withWriteZeroes(false));
    }

    @Override
    protected Cow newPassage() {
        return new Cow();
    }

    @Override
    protected void handle(Cow fan) {
        Request request = fan.request();
        long block = request.sector() / blockSectors;
        long blocks = request.sectors() / blockSectors;
        switch (request.op()) {
            case READ -> sendRuns(fan, block, blocks, false);
            case WRITE -> {
                if (!map.reserve(block, blocks)) {
                    fan.end(BlockStatus.NOSPACE, false);
                    return;
                }
                sendRuns(fan, block, blocks, true);
            }
            case FLUSH -> {
                fan.begin();
                store.flush(fan);
                fan.sent();
            }
            case DISCARD, WRITE_ZEROES -> fan.end(BlockStatus.NOTSUPP, false);
        }
    }

    /** Neighbouring blocks that are neighbours where they lie go as one piece. */
    private void sendRuns(Cow fan, long block, long blocks, boolean write) {
        fan.begin();
        long end = block + blocks;
        long from = block;
        long fromPlace = where(from, write);
        for (long next = block + 1; next <= end; next++) {
            long place = next == end ? CowMap.NONE : where(next, write);
            boolean goesOn = next < end
                    && (fromPlace == CowMap.NONE ? place == CowMap.NONE : place == fromPlace + (next - from));
            if (!goesOn) {
                sendRun(fan, from, next - from, fromPlace, block);
                from = next;
                fromPlace = place;
            }
        }
        fan.sent();
    }

    private long where(long block, boolean write) {
        return write ? map.place(block) : map.shownAt(block);
    }

    private void sendRun(Cow fan, long from, long blocks, long place, long first) {
        long offsetSectors = (from - first) * blockSectors;
        long sectors = blocks * blockSectors;
        if (place == CowMap.NONE) {
            fan.send(below(), fan.request().op(), from * blockSectors, offsetSectors, sectors);
        } else {
            store.send(fan, place, offsetSectors, sectors);
        }
    }
}
