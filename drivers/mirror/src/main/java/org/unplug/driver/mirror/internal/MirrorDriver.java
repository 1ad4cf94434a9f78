package org.unplug.driver.mirror.internal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.Removal;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.Request;
import org.unplug.block.stack.Condition;
import org.unplug.block.stack.Identity;
import org.unplug.block.stack.PassDriver;
import org.unplug.block.stack.Upper;
import org.unplug.driver.mirror.MirrorControl;
import org.unplug.ref.Clockwork;

/**
 * Sends a read to the leg that is in sync and has the fewest, a write and a flush to all that are there.
 *
 * <p><b>Theory of operation.</b> A leg that answers GONE or TIMEOUT, or fails a write that another one took, is dropped: from then
 * on its stale set gathers what is written without it, beginning with what the bitmap says may not have reached it. A read that
 * fails goes to the next leg. Above, an error shows only when no leg could do it. The last leg in sync is never dropped: its
 * errors are the mirror's, and when it dies the mirror is an orphan.
 *
 * <p>A region that is being copied to a leg ({@link Resync}) lets no write in, and its copying begins when none is inside; a write
 * that meets it waits and is taken up afterwards. All else of a leg that is being brought up to date is written like any other's, so
 * that what is not stale stays so.
 */
final class MirrorDriver extends PassDriver<Mirrored> implements MirrorControl, Condition {

    private final long capacitySectors;
    /** How many legs the configuration names. */
    private final int places;

    private final List<Leg> legs = new ArrayList<>();
    private final Regions regions;
    private final Resync resync;

    /** Guarded by this, as legs and regions. */
    private final List<Mirrored> waiting = new ArrayList<>();

    private int copying = -1;
    private int turn;
    private boolean closing;

    MirrorDriver(List<DiskHandle> below, int places, boolean clean, long regionSectors, Clockwork clockwork) {
        super(below.get(0), clockwork);
        capacitySectors =
                below.stream().mapToLong(h -> h.info().capacitySectors()).min().orElseThrow();
        regions = new Regions(capacitySectors, regionSectors);
        resync = new Resync(this, regions, capacitySectors, clockwork);
        for (DiskHandle handle : below) {
            Leg leg = new Leg(handle, legs.isEmpty() || clean ? LegState.IN_SYNC : LegState.SYNCING);
            if (!leg.isInSync()) {
                leg.stale.set(0, regions.count());
            }
            legs.add(leg);
        }
        this.places = places;
    }

    @Override
    public DiskSpec spec(DiskSpec derived) {
        int block = derived.limits().logicalBlockBytes() / 512;
        return new DiskSpec(
                derived.prefix(),
                derived.naming(),
                capacitySectors / block * block,
                // What a discarded sector reads as may differ between legs.
                derived.limits().withDiscard(false).withWriteZeroes(false),
                derived.readOnly(),
                derived.removable(),
                derived.bus(),
                "",
                "",
                derived.timeouts());
    }

    @Override
    public void attached(Upper upper) {
        resync.wake();
    }

    @Override
    public Map<Class<?>, Object> services() {
        return Map.of(MirrorControl.class, this, Condition.class, this);
    }

    @Override
    protected Mirrored newPassage() {
        return new Mirrored(this);
    }

    // ---- sending

    @Override
    protected void handle(Mirrored fan) {
        fan.fresh();
        send(fan);
    }

    private void send(Mirrored fan) {
        switch (fan.request().op()) {
            case READ -> sendRead(fan);
            case WRITE -> sendWrite(fan);
            case FLUSH -> sendFlush(fan);
            case DISCARD, WRITE_ZEROES -> fan.end(BlockStatus.NOTSUPP, false);
        }
    }

    private void sendRead(Mirrored fan) {
        DiskHandle to = null;
        synchronized (this) {
            Leg best = null;
            turn++;
            for (int i = 0; i < legs.size(); i++) {
                Leg leg = legs.get((i + turn) % legs.size());
                boolean better = best == null || leg.outstandingReads < best.outstandingReads;
                if (leg.isInSync() && !fan.tried.contains(leg.handle) && better) {
                    best = leg;
                }
            }
            fan.reading = best;
            if (best != null) {
                best.outstandingReads++;
                best.reads++;
                to = best.handle;
            }
        }
        if (to == null) {
            fan.end(fan.readError, false);
            return;
        }
        fan.tried.add(to);
        fan.begin();
        fan.send(to, fan.request().sector());
        fan.sent();
    }

    private void sendWrite(Mirrored fan) {
        List<DiskHandle> to = new ArrayList<>(2);
        synchronized (this) {
            Request request = fan.request();
            int first = regions.regionOf(request.sector());
            int last = regions.regionOf(request.sector() + request.sectors() - 1);
            if (copying >= first && copying <= last) {
                waiting.add(fan);
                return;
            }
            regions.writeBegins(first, last);
            for (Leg leg : legs) {
                if (leg.takesWrites()) {
                    leg.writes++;
                    to.add(leg.handle);
                } else {
                    leg.stale.set(first, last + 1);
                }
            }
        }
        fan.begin();
        for (DiskHandle handle : to) {
            fan.send(handle, fan.request().sector());
        }
        fan.sent();
    }

    private void sendFlush(Mirrored fan) {
        List<DiskHandle> to = new ArrayList<>(2);
        synchronized (this) {
            fan.clears = regions.flushBegins();
            legs.stream().filter(Leg::takesWrites).forEach(leg -> to.add(leg.handle));
            fan.sentTo = to.size();
        }
        fan.begin();
        for (DiskHandle handle : to) {
            fan.send(handle, 0);
        }
        fan.sent();
    }

    // ---- ends

    /** All pieces of a request have ended. */
    void ended(Mirrored fan) {
        switch (fan.request().op()) {
            case READ -> readEnded(fan);
            case WRITE, FLUSH -> changeEnded(fan);
            case DISCARD, WRITE_ZEROES -> throw new IllegalStateException("never sent: " + fan.request());
        }
    }

    private void readEnded(Mirrored fan) {
        BlockStatus error = fan.firstError();
        synchronized (this) {
            fan.reading.outstandingReads--;
            if (error == BlockStatus.GONE || error == BlockStatus.TIMEOUT) {
                drop(fan.tried.get(fan.tried.size() - 1));
            }
        }
        if (error == null) {
            fan.end(BlockStatus.OK, fan.isBufferHeld());
        } else if (fan.isBufferHeld()) {
            // The leg that has gone may still write into this buffer: no other leg's data is safe in it.
            fan.end(BlockStatus.AGAIN, true);
        } else {
            fan.readError = error;
            fan.again();
            sendRead(fan);
        }
    }

    private void changeEnded(Mirrored fan) {
        boolean ok;
        synchronized (this) {
            Request request = fan.request();
            ok = fan.isAnyOk() && anyInSyncBut(fan.failed());
            if (ok) {
                fan.failed().forEach(this::drop);
            }
            if (request.op() == org.unplug.block.BioOp.WRITE) {
                regions.writeEnds(
                        regions.regionOf(request.sector()), regions.regionOf(request.sector() + request.sectors() - 1));
            } else if (fan.clears) {
                regions.flushEnds(fan.failed().isEmpty() && fan.sentTo == legs.size());
            }
            notifyAll();
        }
        BlockStatus error = fan.firstError();
        fan.end(ok ? BlockStatus.OK : error == null ? BlockStatus.GONE : error, fan.isBufferHeld());
    }

    /** Whether a leg in sync would be left without those. The caller holds the monitor. */
    private boolean anyInSyncBut(List<DiskHandle> others) {
        return legs.stream().anyMatch(leg -> leg.isInSync() && !others.contains(leg.handle));
    }

    /** Goes on without a leg, unless it is the last in sync. The caller holds the monitor. */
    private boolean drop(DiskHandle handle) {
        for (Leg leg : legs) {
            if (leg.handle == handle && leg.takesWrites()) {
                if (leg.isInSync() && !anyInSyncBut(List.of(handle))) {
                    return false;
                }
                leg.state = LegState.ABSENT;
                leg.stale.or(leg.copied);
                leg.copied.clear();
                regions.addDirty(leg.stale);
                notifyAll();
                return true;
            }
        }
        return true;
    }

    // ---- legs come and go

    @Override
    public synchronized boolean lowerGoes(DiskHandle handle, Removal kind) {
        return drop(handle);
    }

    @Override
    public void lowerComes(DiskHandle handle) throws IOException {
        Leg leg;
        boolean known;
        synchronized (this) {
            Identity identity = Identity.of(handle.info());
            leg = legs.stream()
                    .filter(l -> !l.takesWrites() && Identity.of(l.disk).equals(identity))
                    .findFirst()
                    .orElse(null);
            known = leg != null;
            if (!known && legs.size() == places) {
                throw new IOException("it is no leg of this mirror: " + identity);
            }
        }
        if (handle.info().capacitySectors() < capacitySectors || handle.info().readOnly()) {
            throw new IOException(handle.info().readOnly() ? "it is read-only" : "it is smaller than the mirror");
        }
        boolean trusted = known && resync.looksEqual(leg, handle);
        synchronized (this) {
            if (known && leg.takesWrites()) {
                throw new IOException("its place is taken");
            }
            if (!known) {
                leg = new Leg(handle, LegState.ABSENT);
                legs.add(leg);
            }
            if (!trusted) {
                leg.stale.set(0, regions.count());
            }
            leg.handle = handle;
            leg.disk = handle.info();
            leg.state = LegState.SYNCING;
        }
        resync.wake();
    }

    // ---- for the resync

    List<Leg> legsUnderMonitor() {
        return legs;
    }

    boolean isClosing() {
        return closing;
    }

    /** Keeps writes out of a region; -1 lets those that waited go on. The caller does not hold the monitor. */
    void setCopying(int region) {
        List<Mirrored> resumed = List.of();
        synchronized (this) {
            copying = region;
            if (region < 0) {
                resumed = new ArrayList<>(waiting);
                waiting.clear();
            }
        }
        resumed.forEach(this::send);
    }

    /** A leg in sync to read from, or null. */
    synchronized DiskHandle source() {
        return legs.stream()
                .filter(Leg::isInSync)
                .map(leg -> leg.handle)
                .findFirst()
                .orElse(null);
    }

    /** A copier's piece failed on a leg. */
    synchronized void failed(DiskHandle handle) {
        drop(handle);
    }

    @Override
    protected void hurry() {
        synchronized (this) {
            closing = true;
            notifyAll();
        }
        resync.awaitStopped();
        setCopying(-1);
    }

    @Override
    public String condition() {
        return legs().stream()
                .filter(leg -> leg.state() != LegState.IN_SYNC)
                .map(leg -> leg.disk() + " is " + leg.state().name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
    }

    @Override
    public synchronized List<MirrorControl.LegStatus> legs() {
        List<MirrorControl.LegStatus> shown = new ArrayList<>();
        for (Leg leg : legs) {
            long stale = leg.isInSync() ? 0 : leg.stale.cardinality() * regions.regionSectors() * 512;
            shown.add(new MirrorControl.LegStatus(
                    leg.disk.name(), leg.state, Math.min(stale, capacitySectors * 512), leg.reads, leg.writes));
        }
        return shown;
    }
}
