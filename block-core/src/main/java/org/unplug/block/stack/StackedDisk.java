package org.unplug.block.stack;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.unplug.block.Disk;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.block.DiskState;
import org.unplug.block.Disks;
import org.unplug.block.GoneException;
import org.unplug.block.Holder;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.spi.DiskRegistration;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.QueueLimits;
import org.unplug.ref.Clockwork;

/**
 * A disk over disks: opens the lower ones as their {@link Holder}, adds the upper one, and passes the wave up, once (R6).
 *
 * <pre>
 *   lower, orderly:   sync()      -> remove(ORDERLY) of the upper while the lower answers -> close driver, handles
 *   lower, surprise:  markDead()  -> markDead of the upper at once, then remove(SURPRISE) -> close driver, handles
 *   closed:           close()     -> remove(ORDERLY) of the upper                         -> close driver, handles
 * </pre>
 *
 * A driver that can go on without the lower disk says so ({@link FilterDriver#lowerGoes}); then only that handle is closed.
 *
 * <p>Nobody is called under its monitor. Removals are bounded by the upper disk's deadlines, and closing by the driver's.
 */
public final class StackedDisk implements Upper, AutoCloseable {

    private static final long CLOSE_NANOS = 10_000_000_000L;

    private final StackPlan plan;
    private final Clockwork clockwork;
    private final Runnable whenGone;
    private FilterDriver driver;

    /** Guarded by this, as all below. */
    private final List<Lower> lowers = new ArrayList<>();

    private final List<DiskInfo> departed = new ArrayList<>();
    private DiskRegistration registration;
    /** A lower disk went before the upper one was added. */
    private Removal wentEarly;

    private boolean going;
    private boolean finishing;
    private boolean finished;
    private String problem = "";

    private StackedDisk(StackPlan plan, Clockwork clockwork, Runnable whenGone) {
        this.plan = plan;
        this.clockwork = clockwork;
        this.whenGone = whenGone;
    }

    /**
     * Opens the lower disks and adds the upper one. The caller closes what is returned.
     *
     * @param lowers in the order of the plan; all of them, or as many as it needs
     * @param disks through which the upper one is added; the bundle of that service owns it
     * @param whenGone runs once, when the upper disk is removed and nothing is left, whoever caused it; on that thread
     * @throws IOException if a lower disk cannot be opened or read; nothing is left then
     * @throws IllegalArgumentException if the options are wrong; nothing is left then
     */
    public static StackedDisk build(
            StackPlan plan, List<Disk> lowers, Disks disks, Clockwork clockwork, Runnable whenGone) throws IOException {
        StackedDisk stacked = new StackedDisk(plan, clockwork, whenGone);
        try {
            stacked.open(lowers);
            stacked.add(disks);
        } catch (IOException | RuntimeException e) {
            stacked.closeHandles();
            throw e;
        }
        return stacked;
    }

    private void open(List<Disk> disks) throws IOException {
        List<DiskHandle> handles = new ArrayList<>();
        for (Disk disk : disks) {
            handles.add(openOne(disk).handle);
        }
        driver = plan.maker().make(handles);
    }

    private Lower openOne(Disk disk) throws IOException {
        Lower lower = new Lower(disk.info());
        synchronized (this) {
            lowers.add(lower);
        }
        try {
            lower.handle =
                    disk.open(lower, plan.maker().mode(lower.info, plan.lowers().indexOf(lower.info.name())));
        } catch (IOException | RuntimeException e) {
            synchronized (this) {
                lowers.remove(lower);
            }
            throw e;
        }
        return lower;
    }

    private void add(Disks disks) throws IOException {
        List<DiskInfo> below;
        synchronized (this) {
            below = lowers.stream().map(l -> l.info).toList();
        }
        DiskRegistration added;
        try {
            added = disks.add(driver.spec(derive(plan.name(), below)), driver);
        } catch (RuntimeException e) {
            driver.close();
            throw e;
        }
        Removal early;
        synchronized (this) {
            registration = added;
            early = wentEarly;
        }
        driver.attached(this);
        if (early != null) {
            take(early);
            throw new GoneException("a disk below " + added.info().name() + " went while it was added");
        }
    }

    /** What follows for an upper disk from the lower ones; its capacity is the first one's. */
    static DiskSpec derive(String name, List<DiskInfo> lowers) {
        DiskInfo first = lowers.get(0);
        QueueLimits limits =
                lowers.stream().map(DiskInfo::limits).reduce(StackedDisk::both).orElseThrow();
        int block = limits.logicalBlockBytes();
        return new DiskSpec(
                name,
                DiskSpec.Naming.NUMBERED,
                first.capacitySectors() / (block / DiskInfo.SECTOR_BYTES) * (block / DiskInfo.SECTOR_BYTES),
                limits,
                lowers.stream().anyMatch(DiskInfo::readOnly),
                lowers.stream().anyMatch(DiskInfo::removable),
                name,
                first.model(),
                first.serial(),
                DiskSpec.Timeouts.DEFAULT);
    }

    /** What requests may be that go to either of two disks as they are. */
    static QueueLimits both(QueueLimits one, QueueLimits other) {
        return new QueueLimits(
                Math.max(one.logicalBlockBytes(), other.logicalBlockBytes()),
                Math.min(one.maxSectors(), other.maxSectors()),
                Math.min(one.maxSegments(), other.maxSegments()),
                Math.min(one.queueDepth(), other.queueDepth()),
                one.cache() == QueueLimits.Cache.VOLATILE || !other.writeCache() ? one.cache() : other.cache(),
                new QueueLimits.Ranges(
                        one.discard() && other.discard(),
                        one.writeZeroes() && other.writeZeroes(),
                        Math.min(one.maxRangeSectors(), other.maxRangeSectors()),
                        Math.max(one.discardGranularityBytes(), other.discardGranularityBytes())));
    }

    /** One lower disk's handle, and this stack as its holder. */
    private final class Lower implements Holder {
        private final DiskInfo info;
        private volatile DiskHandle handle;

        Lower(DiskInfo info) {
            this.info = info;
        }

        @Override
        public String holderName() {
            DiskRegistration upper = upper();
            return upper == null ? plan.name() : upper.info().name();
        }

        @Override
        public void sync(long timeoutMs) throws IOException {
            RemovalReport report = goes(this, Removal.ORDERLY);
            if (report != null && !report.synced()) {
                throw new IOException(report.disk().name() + " was not synced");
            }
        }

        @Override
        public void markDead(Removal kind) {
            goes(this, Removal.SURPRISE);
        }
    }

    private synchronized DiskRegistration upper() {
        return registration;
    }

    /** A lower disk goes. Null if this one goes on, or has gone already, or is not there yet. */
    private RemovalReport goes(Lower lower, Removal kind) {
        DiskRegistration upper;
        boolean asked;
        synchronized (this) {
            if (finished || !lowers.contains(lower)) {
                return null;
            }
            upper = registration;
            asked = going;
            if (upper == null) {
                wentEarly = wentEarly == Removal.SURPRISE ? wentEarly : kind;
                return null;
            }
        }
        if (!asked && driver.lowerGoes(lower.handle, kind)) {
            leave(lower);
            return null;
        }
        if (kind == Removal.SURPRISE) {
            upper.markDead();
        }
        return take(kind);
    }

    private void leave(Lower lower) {
        synchronized (this) {
            lowers.remove(lower);
            departed.add(lower.info);
        }
        lower.handle.close();
    }

    /** Removes the upper disk and then lets go of everything; whoever comes second waits for the first. */
    private RemovalReport take(Removal kind) {
        DiskRegistration upper;
        synchronized (this) {
            going = true;
            upper = registration;
        }
        RemovalReport report = upper.remove(kind);
        synchronized (this) {
            if (finishing) {
                awaitFinished();
                return report;
            }
            finishing = true;
        }
        try {
            driver.close();
        } catch (RuntimeException e) {
            synchronized (this) {
                problem = plan.name() + " over " + plan.lowers() + ": " + e.getMessage();
            }
        }
        closeHandles();
        synchronized (this) {
            finished = true;
            notifyAll();
        }
        whenGone.run();
        return report;
    }

    /** The caller holds the monitor. */
    private void awaitFinished() {
        clockwork.awaitUntil(this, clockwork.nanoTime() + CLOSE_NANOS, () -> finished);
    }

    private void closeHandles() {
        List<Lower> left;
        synchronized (this) {
            left = new ArrayList<>(lowers);
            lowers.clear();
        }
        for (Lower lower : left) {
            DiskHandle handle = lower.handle;
            if (handle != null) {
                handle.close();
            }
        }
    }

    @Override
    public DiskInfo info() {
        return upper().info();
    }

    @Override
    public void orphan() {
        upper().markDead();
        clockwork.execute("orphan " + info().name(), () -> take(Removal.SURPRISE));
    }

    @Override
    public void restartQueue() {
        upper().restartQueue();
    }

    /** What can be asked of the driver; see {@link FilterDriver#services}. */
    public FilterDriver driver() {
        return driver;
    }

    /** The lower disks that are open now. */
    public synchronized List<DiskInfo> below() {
        return lowers.stream().map(l -> l.info).toList();
    }

    /**
     * Whether a disk that has come may be one that this stack misses: one that it had, by identity, or one that the plan names.
     */
    public synchronized boolean misses(String name, Identity identity) {
        if (finishing || lowers.stream().anyMatch(l -> l.info.name().equals(name))) {
            return false;
        }
        boolean had = identity.isUnique() && departed.stream().map(Identity::of).anyMatch(identity::equals);
        boolean named =
                plan.lowers().contains(name) && lowers.size() < plan.lowers().size();
        return had || named;
    }

    /**
     * Gives the driver a lower disk that it {@linkplain #misses misses}. May block.
     *
     * @throws IOException if it cannot be opened, or the driver refuses it, saying why
     */
    public void join(Disk disk) throws IOException {
        if (disk.state() != DiskState.LIVE) {
            throw new GoneException(disk.info().name());
        }
        Lower lower = openOne(disk);
        try {
            driver.lowerComes(lower.handle);
        } catch (IOException | RuntimeException e) {
            synchronized (this) {
                lowers.remove(lower);
            }
            lower.handle.close();
            throw e;
        }
        boolean late;
        synchronized (this) {
            departed.removeIf(d -> Identity.of(d).equals(Identity.of(lower.info)));
            late = finished;
        }
        if (late) {
            closeHandles();
        }
    }

    /** Whether the upper disk is removed and everything let go. */
    public synchronized boolean isGone() {
        return finished;
    }

    /** What went wrong in closing, or empty. */
    public synchronized String problem() {
        return problem;
    }

    /** Removes the upper disk in order and closes the lower ones; by the upper disk's deadlines. Idempotent. */
    @Override
    public void close() {
        take(Removal.ORDERLY);
    }

    @Override
    public String toString() {
        return plan.name() + " over " + plan.lowers();
    }
}
