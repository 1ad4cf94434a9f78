package org.unplug.driver.mirror.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.BitSet;
import org.unplug.block.BlockException;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.driver.mirror.MirrorControl.LegState;
import org.unplug.ref.Clockwork;

/**
 * Brings legs up to date, one region at a time, on one thread that lives as long as there is something to do. A region is closed to
 * writes while it is copied; when nothing is stale any more the leg is flushed, and in sync if nothing happened meanwhile.
 */
final class Resync {

    private static final int CHUNK_SECTORS = 2048;
    private static final int SAMPLES = 64;
    private static final int SAMPLE_SECTORS = 8;
    private static final long STOP_NANOS = 5_000_000_000L;

    private final MirrorDriver driver;
    private final Regions regions;
    private final long capacitySectors;
    private final Clockwork clockwork;
    /** Guarded by the driver. */
    private boolean working;

    private boolean again;

    Resync(MirrorDriver driver, Regions regions, long capacitySectors, Clockwork clockwork) {
        this.driver = driver;
        this.regions = regions;
        this.capacitySectors = capacitySectors;
        this.clockwork = clockwork;
    }

    /** There may be something to do. */
    void wake() {
        synchronized (driver) {
            again = true;
            if (working || driver.isClosing()) {
                return;
            }
            working = true;
        }
        clockwork.execute("resync", this::work);
    }

    void awaitStopped() {
        synchronized (driver) {
            clockwork.awaitUntil(driver, clockwork.nanoTime() + STOP_NANOS, () -> !working);
        }
    }

    private void work() {
        while (true) {
            Leg leg;
            DiskHandle to;
            synchronized (driver) {
                again = false;
                leg = driver.legsUnderMonitor().stream()
                        .filter(l -> l.state == LegState.SYNCING)
                        .findFirst()
                        .orElse(null);
                if (leg == null || driver.isClosing()) {
                    working = false;
                    driver.notifyAll();
                    return;
                }
                to = leg.handle;
            }
            DiskHandle from = driver.source();
            if (from == null || !bring(leg, from, to)) {
                synchronized (driver) {
                    // The source is dying, and the mirror with it; or there is another one by now.
                    if (!again && leg.state == LegState.SYNCING && driver.source() == from) {
                        working = false;
                        driver.notifyAll();
                        return;
                    }
                }
            }
        }
    }

    /** Copies one region, or finishes. False if the source failed. */
    private boolean bring(Leg leg, DiskHandle from, DiskHandle to) {
        int region;
        synchronized (driver) {
            region = leg.stale.nextSetBit(0);
        }
        if (region < 0) {
            finish(leg, to);
            return true;
        }
        driver.setCopying(region);
        try {
            if (!awaitNoWrites(region)) {
                return true;
            }
            if (!copy(region, from, to)) {
                return false;
            }
            synchronized (driver) {
                if (leg.state == LegState.SYNCING && leg.handle == to) {
                    leg.stale.clear(region);
                    leg.copied.set(region);
                }
            }
            return true;
        } finally {
            driver.setCopying(-1);
        }
    }

    /** Writes end by the legs' own time-outs. */
    private boolean awaitNoWrites(int region) {
        synchronized (driver) {
            while (regions.isWriting(region)) {
                if (driver.isClosing()) {
                    return false;
                }
                clockwork.await(driver, 1_000_000_000);
            }
            return true;
        }
    }

    private boolean copy(int region, DiskHandle from, DiskHandle to) {
        long first = region * regions.regionSectors();
        long end = Math.min(first + regions.regionSectors(), capacitySectors);
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(CHUNK_SECTORS, end - first) * 512);
        for (long sector = first; sector < end; sector += CHUNK_SECTORS) {
            synchronized (driver) {
                if (driver.isClosing()) {
                    return false;
                }
            }
            ByteBuffer part = buffer.slice(0, (int) Math.min(CHUNK_SECTORS, end - sector) * 512);
            try {
                from.read(sector, part);
            } catch (IOException e) {
                if (e instanceof BlockException block && block.status() == BlockStatus.GONE) {
                    driver.failed(from);
                }
                return false;
            }
            try {
                to.write(sector, part);
            } catch (IOException e) {
                driver.failed(to);
                return true;
            }
        }
        return true;
    }

    /** Nothing is stale: what was copied is made durable, and the leg is in sync. */
    private void finish(Leg leg, DiskHandle to) {
        try {
            to.flush();
        } catch (IOException e) {
            driver.failed(to);
            return;
        }
        synchronized (driver) {
            if (leg.state == LegState.SYNCING && leg.handle == to && leg.stale.isEmpty()) {
                leg.copied.clear();
                leg.state = LegState.IN_SYNC;
                driver.notifyAll();
            }
        }
    }

    /**
     * Whether samples of what should be equal are: some blocks of regions that are not stale. If they differ, the disk was
     * written to elsewhere, and nothing of it is trusted. Blocks; writes meanwhile make a region stale, and so not compared.
     */
    boolean looksEqual(Leg leg, DiskHandle handle) throws IOException {
        DiskHandle source = driver.source();
        if (source == null) {
            return false;
        }
        ByteBuffer here = ByteBuffer.allocate(SAMPLE_SECTORS * 512);
        ByteBuffer there = ByteBuffer.allocate(SAMPLE_SECTORS * 512);
        long step = Math.max(SAMPLE_SECTORS, capacitySectors / SAMPLES / SAMPLE_SECTORS * SAMPLE_SECTORS);
        for (long sector = 0; sector + SAMPLE_SECTORS <= capacitySectors; sector += step) {
            int region = regions.regionOf(sector);
            source.read(sector, here);
            handle.read(sector, there);
            if (!here.equals(there) && !isStale(leg, region)) {
                return false;
            }
        }
        return true;
    }

    private boolean isStale(Leg leg, int region) {
        BitSet dirty = new BitSet();
        synchronized (driver) {
            dirty.or(leg.stale);
            regions.addDirty(dirty);
        }
        return dirty.get(region);
    }
}
