package org.unplug.lab.museum.internal.disk;

import java.io.IOException;
import org.unplug.block.BlockStatus;
import org.unplug.block.Removal;
import org.unplug.lab.museum.internal.memory.Slab;
import org.unplug.lab.museum.internal.protocol.Mechanism;

/**
 * The steps themselves. Each is what one kernel function does to the disk's flags, counts and objects; in which order they come, and
 * so whether anybody is left with a dangling pointer, is the era's.
 *
 * <p>The monitor guards flags and counts and is held for moments: memory is used and released, and others are called, outside it.
 */
final class Rules implements Mechanism {

    /** How long Holder.sync may take: fsync_bdev has no bound of its own. */
    private static final long UNBOUNDED_MS = 3_600_000;
    /** Blueprint's default time-out (compendium 121.10.2.1). */
    private static final long PROXY_NANOS = 300_000_000_000L;

    private enum Device {
        RUNNING,
        CANCEL,
        DEL
    }

    private final Exhibit exhibit;
    private final Queue queue;

    private Slab.Chunk diskMemory;
    private Slab.Chunk queueMemory;
    private Slab.Chunk elevatorMemory;
    private Slab.Chunk deviceMemory;
    private Slab.Chunk driverMemory;

    private int diskReferences = 1;
    private int queueReferences = 1;
    private Device device = Device.RUNNING;
    private boolean linked;
    private boolean freed;
    private boolean queueDead;
    private boolean queueDataCleared;
    private boolean usageKilled;
    private int inUse;
    private boolean surprised;
    private boolean synced;
    private int told;

    Rules(Exhibit exhibit, Queue queue) {
        this.exhibit = exhibit;
        this.queue = queue;
    }

    void allocate(String disk) {
        Slab slab = exhibit.slab();
        String upper = exhibit.spec().bus().equals("scsi") ? "scsi_disk" : "mmc_blk_data";
        String lower = exhibit.spec().bus().equals("scsi") ? "scsi_device" : "mmc_card";
        if (!exhibit.era().counts()) {
            slab.within("addDisk", () -> driverMemory = slab.allocate("driver object of " + disk));
        }
        slab.within("probe", () -> {
            deviceMemory = slab.allocate(lower + " of " + disk);
            slab.within("blk_init_queue", () -> queueMemory = slab.allocate("request_queue of " + disk));
            slab.within("elevator_init", () -> elevatorMemory = slab.allocate("elevator of " + disk));
            slab.within("alloc_disk", () -> diskMemory = slab.allocate(upper + " and gendisk of " + disk));
        });
        synchronized (this) {
            linked = true;
        }
    }

    synchronized void surprised(boolean gone) {
        surprised = gone;
    }

    synchronized int told() {
        return told;
    }

    synchronized boolean isSynced() {
        return synced;
    }

    synchronized boolean isFreed() {
        return freed;
    }

    void useDriver() {
        driverMemory.use();
    }

    void useElevator() {
        elevatorMemory.use();
    }

    @Override
    public synchronized boolean isLinked() {
        return linked;
    }

    @Override
    public void useUpperData() {
        diskMemory.use();
    }

    @Override
    public synchronized void getDisk() {
        diskReferences++;
    }

    @Override
    public void putDisk() {
        boolean last;
        synchronized (this) {
            last = --diskReferences == 0;
        }
        if (last) {
            exhibit.make(exhibit.era().lastPut());
        }
    }

    @Override
    public synchronized void getQueue() {
        queueReferences++;
    }

    @Override
    public void putQueue() {
        boolean last;
        synchronized (this) {
            last = --queueReferences == 0;
        }
        if (last) {
            queueMemory.release();
        }
    }

    @Override
    public void useQueue() {
        queueMemory.use();
    }

    @Override
    public void syncHolders() {
        boolean all = true;
        for (OpenHandle handle : exhibit.handles()) {
            try {
                handle.holder().sync(UNBOUNDED_MS);
            } catch (IOException failedOneByOne) {
                all = false;
            }
        }
        synchronized (this) {
            synced = all && !surprised;
        }
    }

    @Override
    public void tellHolders() {
        syncHolders();
        for (OpenHandle handle : exhibit.handles()) {
            handle.holder().markDead(Removal.ORDERLY);
            synchronized (this) {
                told++;
            }
        }
    }

    @Override
    public void dropPartitionOffsets() {
        exhibit.parts().forEach(Part::dropOffset);
    }

    @Override
    public void deletePartitions() {
        exhibit.parts().forEach(Part::withdraw);
    }

    @Override
    public void unlink() {
        synchronized (this) {
            linked = false;
        }
        exhibit.whole().withdraw();
    }

    @Override
    public synchronized void clearQueueData() {
        queueDataCleared = true;
    }

    @Override
    public void stopQueueThread() {
        queue.stopThread();
    }

    @Override
    public void killQueued() {
        queue.failQueued(BlockStatus.IOERR);
    }

    @Override
    public synchronized void markQueueDead() {
        queueDead = true;
    }

    @Override
    public void exitElevator() {
        queue.strand();
        elevatorMemory.release();
    }

    @Override
    public void freeDisk() {
        diskMemory.release();
        synchronized (this) {
            freed = true;
        }
        exhibit.museum().released(exhibit);
    }

    @Override
    public void freeDevice() {
        deviceMemory.release();
    }

    @Override
    public void freeDriver() {
        driverMemory.release();
    }

    @Override
    public synchronized void killUsage() {
        usageKilled = true;
    }

    @Override
    public void awaitDrained() {
        exhibit.await(this, () -> inUse == 0);
    }

    @Override
    public synchronized void cancelDevice() {
        device = Device.CANCEL;
    }

    @Override
    public synchronized void deleteDevice() {
        device = Device.DEL;
    }

    @Override
    public void synchronizeCache() {
        if (!surprised && exhibit.spec().limits().writeCache()) {
            queue.flushDevice();
        }
    }

    @Override
    public synchronized BlockStatus testQueueDead() {
        return queueDead ? BlockStatus.IOERR : null;
    }

    @Override
    public BlockStatus enterQueue(Ride ride) {
        synchronized (this) {
            if (usageKilled) {
                return BlockStatus.IOERR;
            }
            inUse++;
        }
        ((Piece) ride).onceEnded(this::exitQueue);
        return null;
    }

    private synchronized void exitQueue() {
        inUse--;
        notifyAll();
    }

    @Override
    public BlockStatus remap(Ride ride) {
        ((Piece) ride).remap();
        return null;
    }

    @Override
    public BlockStatus elevate(Ride ride) {
        useElevator();
        queue.add((Piece) ride, true);
        return null;
    }

    @Override
    public BlockStatus direct(Ride ride) {
        queue.add((Piece) ride, false);
        return null;
    }

    @Override
    public BlockStatus callObject(Ride ride) {
        driverMemory.use();
        return null;
    }

    @Override
    public BlockStatus awaitService(Ride ride) {
        Museum museum = exhibit.museum();
        long deadline = exhibit.clockwork().nanoTime() + PROXY_NANOS;
        Exhibit target = museum.awaitFitting(exhibit, deadline);
        if (target == null) {
            return BlockStatus.IOERR;
        }
        ((Piece) ride).redirect(target);
        return null;
    }

    @Override
    public synchronized BlockStatus testQueueData() {
        return queueDataCleared ? BlockStatus.IOERR : null;
    }

    @Override
    public synchronized BlockStatus testDeviceState() {
        return device == Device.RUNNING ? null : BlockStatus.IOERR;
    }
}
