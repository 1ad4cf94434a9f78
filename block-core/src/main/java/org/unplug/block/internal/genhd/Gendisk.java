package org.unplug.block.internal.genhd;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.unplug.block.BlockException;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.block.DiskState;
import org.unplug.block.DiskStatistics;
import org.unplug.block.DiskStatus;
import org.unplug.block.GoneException;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.TraceEvent;
import org.unplug.block.internal.queue.RequestQueue;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskRegistration;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.IoScheduler;
import org.unplug.block.spi.QueueLimits;
import org.unplug.ref.Clockwork;
import org.unplug.ref.Kref;
import org.unplug.ref.Leaks;

/**
 * A disk. It is born in two steps, allocated and then listed, and dies in two: {@link DiskRemoval} ends its use, and the last
 * {@link Kref} put releases name, number and memory.
 *
 * <p>References: one for the registration, given back at DEAD; one for each open handle; one for each bundle that has got the
 * service; one for each part of it, so that its name, from which theirs are made, is not free before theirs are. Its monitor guards
 * state, handles and claims.
 */
public final class Gendisk implements DiskRegistration {

    private final DiskTable table;
    private volatile DiskInfo info;
    private final DiskSpec spec;
    private final Owner driverOwner;
    private final Gendisk parent;
    private final RequestQueue queue;
    private final Openers openers;
    private final OwnUses ownUses = new OwnUses();
    private final Kref kref;
    private final Kref.Hold registered;
    /** A part's reference to its disk. */
    private final Kref.Hold parentHold;

    private final Runnable takeBack = this::removeForOwner;

    private DiskState state = DiskState.NEW;
    private final Set<OpenHandle.State> handles = new LinkedHashSet<>();
    private final List<User> users = new ArrayList<>();
    private boolean unusable;
    private OpenHandle.State exclusive;
    /** Exclusive handles of disks that are parts of this one. */
    private int partsClaimed;
    /** Whether opens are refused, since it may be removed next. */
    private boolean reserved;

    private DiskRemoval removal;
    private DiskEvents.Published published;
    private final Layers layers = new Layers(this);
    private volatile String scheduler = Schedulers.NONE;

    /** A bundle that has got the service. */
    private record User(Owner owner, Kref.Hold hold) {}

    Gendisk(DiskTable table, DiskInfo info, DiskSpec spec, DiskDriver driver, Owner driverOwner, Gendisk parent) {
        this.table = table;
        this.info = info;
        this.spec = spec;
        this.driverOwner = driverOwner;
        this.parent = parent;
        parentHold = parent == null ? null : parent.holdAsPart(driverOwner, info.name());
        queue = newQueue(driver, spec.limits());
        openers = new Openers(info.name(), driver, parent == null ? null : parent.openers, table.events()::fault);
        kref = new Kref(info.name(), table.leaks(), this::release);
        registered = kref.own("driver", driverOwner.name(), driver.getClass().getName());
    }

    private void release() {
        moveTo(DiskState.RELEASED);
        table.released(this);
        if (parentHold != null) {
            parentHold.put();
        }
    }

    private Kref.Hold holdAsPart(Owner owner, String part) {
        Kref.Hold hold = kref.tryHold("part", owner.name(), part);
        if (hold == null) {
            throw new IllegalStateException(part + ": " + info.name() + " is released");
        }
        return hold;
    }

    @Override
    public DiskInfo info() {
        return info;
    }

    public DiskSpec spec() {
        return spec;
    }

    boolean isPart() {
        return parent != null;
    }

    Owner driverOwner() {
        return driverOwner;
    }

    Runnable takeBack() {
        return takeBack;
    }

    RequestQueue queue() {
        return queue;
    }

    /** A queue of this disk over a driver. */
    RequestQueue newQueue(DiskDriver driver, QueueLimits limits) {
        return new RequestQueue(
                info, limits, spec.timeouts().requestMs(), driver, table.clockwork(), table.events()::fault);
    }

    Openers openers() {
        return openers;
    }

    OwnUses ownUses() {
        return ownUses;
    }

    Layers layers() {
        return layers;
    }

    String scheduler() {
        return queue.isOrdered() ? scheduler : Schedulers.NONE;
    }

    /** Orders what waits by that scheduler from now on; null for none. The queue's restart comes next, outside locks. */
    void use(IoScheduler chosen) {
        scheduler = chosen == null ? Schedulers.NONE : chosen.name();
        queue.use(chosen == null ? null : chosen.newOrder(info));
    }

    Clockwork clockwork() {
        return table.clockwork();
    }

    DiskTable table() {
        return table;
    }

    public synchronized DiskState state() {
        return state;
    }

    synchronized boolean admits() {
        return state.admits();
    }

    private synchronized void moveTo(DiskState next) {
        state = state.moveTo(next, info.name());
    }

    /** An orderly removal lets holders write back first. False if the device went meanwhile. */
    synchronized boolean beginSync() {
        if (state == DiskState.LIVE) {
            state = state.moveTo(DiskState.SYNCING, info.name());
        }
        return state != DiskState.DYING;
    }

    /** R1: from this instant on opens and requests fail. Idempotent; never blocks. */
    synchronized void refuse() {
        queue.refuse();
        if (state.admits() || state == DiskState.NEW) {
            state = state.moveTo(DiskState.DYING, info.name());
        }
    }

    /** Lists it. False if a removal came first. */
    boolean goLive() {
        synchronized (this) {
            if (removal != null) {
                return false;
            }
            state = state.moveTo(DiskState.LIVE, info.name());
        }
        DiskEvents.Published findable = table.events().publish(this);
        synchronized (this) {
            if (removal == null || !removal.hasUnlisted()) {
                published = findable;
                return true;
            }
        }
        findable.withdraw();
        return false;
    }

    /** What makes it unfindable, or null; asked once, by the removal. */
    synchronized DiskEvents.Published takePublished() {
        DiskEvents.Published findable = published;
        published = null;
        return findable;
    }

    @Override
    public void resize(long capacitySectors) {
        int blockSectors = info.logicalBlockBytes() / DiskInfo.SECTOR_BYTES;
        if (capacitySectors <= 0 || capacitySectors % blockSectors != 0) {
            throw new IllegalArgumentException("resize of " + info.name() + " to " + capacitySectors
                    + " sectors: must be a positive multiple of the " + info.logicalBlockBytes() + " byte block");
        }
        DiskInfo now;
        DiskEvents.Published findable;
        Set<Holder> holders = Collections.newSetFromMap(new IdentityHashMap<>());
        synchronized (this) {
            now = info.withCapacitySectors(capacitySectors);
            info = now;
            queue.resize(now);
            layers.inner().forEach(inner -> inner.resize(now));
            findable = published;
            handles.forEach(handle -> holders.add(handle.holder));
        }
        table.events().resized(now);
        clockwork().execute("resize of " + now.name(), () -> {
            if (findable != null) {
                try {
                    findable.changed();
                } catch (IllegalStateException withdrawn) {
                    return;
                }
            }
            holders.forEach(holder -> holder.resized(now));
        });
    }

    public DiskStatistics statistics() {
        return queue.statistics();
    }

    public AutoCloseable trace(Consumer<TraceEvent> to) {
        return queue.trace(to);
    }

    // ---- opening

    /** See {@link org.unplug.block.Disk#open}. */
    public DiskHandle open(Owner owner, Holder holder, OpenMode mode) throws IOException {
        if (holder == null) {
            throw new IllegalArgumentException(
                    "open of " + info.name() + " without a holder: removal must have somebody to tell");
        }
        if (mode.writes() && info.readOnly()) {
            throw new BlockException(BlockStatus.PROTECTED, info.name() + " is read-only");
        }
        if (!admits()) {
            throw new GoneException("open of " + info.name());
        }
        OpenHandle.State handle = new OpenHandle.State(this, owner, holder, mode);
        OpenHandle facade = new OpenHandle(handle);
        ownUses.begin(handle);
        if (!facade.hold(kref)) {
            ownUses.end(handle);
            throw new GoneException("open of " + info.name());
        }
        try {
            claim(handle);
        } catch (IOException | RuntimeException e) {
            giveBack(handle);
            throw e;
        }
        openers.opened(owner);
        try {
            owner.ownsHandle(handle.takeBack());
        } catch (IllegalStateException dead) {
            handle.close();
            throw dead;
        }
        return facade;
    }

    private void claim(OpenHandle.State handle) throws IOException {
        boolean asPart = handle.mode == OpenMode.EXCLUSIVE && parent != null;
        if (asPart) {
            parent.claimPart(info.name());
        }
        try {
            admit(handle);
        } catch (IOException | RuntimeException e) {
            if (asPart) {
                parent.unclaimPart();
            }
            throw e;
        }
    }

    private synchronized void admit(OpenHandle.State handle) throws IOException {
        if (!state.admits()) {
            throw new GoneException("open of " + info.name());
        }
        if (reserved) {
            throw new BlockException(BlockStatus.AGAIN, info.name() + " is about to be looked for anew");
        }
        if (handle.mode == OpenMode.EXCLUSIVE) {
            if (exclusive != null) {
                throw new BlockException(
                        BlockStatus.AGAIN, info.name() + " is in use by " + exclusive.holder.holderName());
            }
            if (partsClaimed > 0) {
                throw new BlockException(BlockStatus.AGAIN, info.name() + " is in use: a partition of it is");
            }
            exclusive = handle;
        }
        handles.add(handle);
    }

    /**
     * Has opens refused for now, if nobody has the disk open.
     *
     * @return the name of somebody who has, or null
     */
    public synchronized String reserve() {
        if (!handles.isEmpty()) {
            return handles.iterator().next().holder.holderName();
        }
        reserved = true;
        return null;
    }

    public synchronized void unreserve() {
        reserved = false;
    }

    private synchronized void claimPart(String part) throws IOException {
        if (exclusive != null) {
            throw new BlockException(
                    BlockStatus.AGAIN,
                    part + " is in use: " + info.name() + " as a whole is, by " + exclusive.holder.holderName());
        }
        partsClaimed++;
    }

    private synchronized void unclaimPart() {
        partsClaimed--;
    }

    /** A handle was closed; called once for each. */
    void closed(OpenHandle.State handle) {
        boolean wasExclusive;
        synchronized (this) {
            handles.remove(handle);
            wasExclusive = exclusive == handle;
            if (wasExclusive) {
                exclusive = null;
            }
        }
        if (wasExclusive && parent != null) {
            parent.unclaimPart();
        }
        openers.closed(handle.owner);
        giveBack(handle);
    }

    private void giveBack(OpenHandle.State handle) {
        handle.put();
        ownUses.end(handle);
    }

    synchronized boolean isHeldBy(Holder holder) {
        return handles.stream().anyMatch(h -> h.holder == holder);
    }

    synchronized List<OpenHandle.State> handles() {
        return List.copyOf(handles);
    }

    // ---- bundles that have got the service

    /** The service is gone, and with it everybody's use of it. */
    public void putByAll() {
        List<User> left;
        synchronized (this) {
            unusable = true;
            left = List.copyOf(users);
            users.clear();
        }
        left.forEach(user -> user.hold.put());
    }

    /** A bundle got the service: a reference. False if the disk is released, or the service is gone. */
    public boolean getBy(Owner owner) {
        Kref.Hold hold = kref.tryHold("service", owner.name(), "");
        if (hold == null) {
            return false;
        }
        synchronized (this) {
            if (!unusable) {
                users.add(new User(owner, hold));
                return true;
            }
        }
        hold.put();
        return false;
    }

    /** A bundle put the service, or has stopped. The framework may tell of it twice, or never. */
    public void putBy(Owner owner) {
        User had;
        synchronized (this) {
            had = users.stream().filter(user -> user.owner == owner).findFirst().orElse(null);
            users.remove(had);
        }
        if (had != null) {
            had.hold.put();
        }
    }

    /** It now; see {@link org.unplug.block.Disks#list}. */
    public DiskStatus status() {
        return new DiskStatus(
                info, state(), kref.count(), queue.inFlight(), kref.holders(), scheduler(), layers.names());
    }

    /** Who holds each of its references, oldest first. */
    public List<Leaks.Held> holders() {
        return kref.holders();
    }

    // ---- removal

    @Override
    public RemovalReport remove(Removal kind) {
        DiskRemoval mine = null;
        DiskRemoval theirs;
        synchronized (this) {
            if (removal == null) {
                mine = new DiskRemoval(this, kind);
                removal = mine;
                if (kind == Removal.SURPRISE) {
                    refuse();
                }
            }
            theirs = removal;
        }
        if (mine != null) {
            return mine.run();
        }
        if (kind == Removal.SURPRISE) {
            theirs.surprise();
        }
        return theirs.join();
    }

    /** Waits for the removal that is under way, if there is one. Whether it was quiet; false if there is none. */
    boolean joinRemoval() {
        DiskRemoval theirs;
        synchronized (this) {
            theirs = removal;
        }
        return theirs != null && theirs.join().quiet();
    }

    private void removeForOwner() {
        remove(Removal.ORDERLY);
    }

    @Override
    public void markDead() {
        DiskRemoval mine = null;
        DiskRemoval theirs;
        synchronized (this) {
            if (removal == null) {
                mine = new DiskRemoval(this, Removal.SURPRISE);
                removal = mine;
                refuse();
            }
            theirs = removal;
        }
        if (mine == null) {
            theirs.surprise();
        } else {
            clockwork().execute("removal of " + info.name(), mine::run);
        }
    }

    @Override
    public void restartQueue() {
        queue.restart();
    }

    /** The removal is over: gives the registration's reference back. */
    void dead() {
        moveTo(DiskState.DEAD);
        driverOwner.disownsDisk(takeBack);
        layers.dead();
        registered.put();
    }

    @Override
    public String toString() {
        return info.name() + " (" + state() + ", " + kref + ")";
    }
}
