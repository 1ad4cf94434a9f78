package org.unplug.block.internal.genhd;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.Holder;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.internal.queue.BlockBio;
import org.unplug.block.internal.queue.Recorder;
import org.unplug.block.internal.queue.RequestQueue;
import org.unplug.block.spi.DiskSpec;
import org.unplug.ref.Clockwork;

/**
 * The removal of one disk, from the first remover's decision to DEAD. Three events, never one: refuse, drain, free; it waits
 * for the first two only, since waiting for the third deadlocks whoever holds a reference.
 *
 * <pre>
 *   orderly:   LIVE -> SYNCING   holders sync, the cache is flushed; everything still passes   (sync deadline)
 *              SYNCING -> DYING  refuse; unlist, tell holders; drain; flush once more          (drain deadline)
 *              DYING -> DEAD     nobody is inside; the driver is let go; put
 *   surprise:  LIVE -> DYING     refuse at once; end what waits, have the driver cancel; drain
 * </pre>
 *
 * <p>Everybody else's code - holders, listeners of the service, cancel, end actions of what the core ends - runs as
 * {@link Errands}, so that none of it can hold the remover up beyond the deadline. The drain deadline is spent in three parts:
 * an orderly removal lets requests finish for half of it before it aborts; at nine tenths what is left is ended over the
 * driver's head; the rest is for those ends to be delivered.
 *
 * <p>A thread that removes from inside an end action or a driver call of the same disk is excused: its own entries, counted
 * from its frames, are not waited for. So is one that joins.
 */
final class DiskRemoval {

    private final Gendisk disk;
    private final RequestQueue queue;
    private final Clockwork clockwork;
    private final Errands syncing;
    private final Errands telling;

    private RemovalReport report;
    private boolean unlisted;
    private volatile boolean surprise;
    /** The remover's own, the last one last. */
    private final List<BlockBio> flushes = new ArrayList<>();

    private final List<String> problems = new ArrayList<>();
    private final List<String> laggards = new ArrayList<>();

    DiskRemoval(Gendisk disk, Removal kind) {
        this.disk = disk;
        this.queue = disk.queue();
        this.clockwork = disk.clockwork();
        this.syncing = new Errands(clockwork);
        this.telling = new Errands(clockwork);
        this.surprise = kind == Removal.SURPRISE;
    }

    synchronized boolean hasUnlisted() {
        return unlisted;
    }

    /** The device is gone: refuses at once, and cuts an orderly sync short. Never blocks. */
    void surprise() {
        surprise = true;
        disk.refuse();
        syncing.recheck();
        queue.recheck();
        synchronized (this) {
            notifyAll();
        }
    }

    /** Waits for the first remover, whose deadlines bound this too, and gets its report. */
    RemovalReport join() {
        List<RequestQueue> excused = excuse();
        endOwnRequests();
        try {
            DiskSpec.Timeouts bounds = disk.spec().timeouts();
            long slack = bounds.drainMs();
            long deadline = clockwork.nanoTime() + (bounds.syncMs() + bounds.drainMs() + slack) * 1_000_000;
            synchronized (this) {
                return await(deadline, () -> report != null) ? report : unfinished();
            }
        } finally {
            unexcuse(excused);
        }
    }

    private RemovalReport unfinished() {
        return new RemovalReport(
                disk.info(),
                surprise ? Removal.SURPRISE : Removal.ORDERLY,
                0,
                0,
                0,
                queue.inFlight(),
                queue.endedGone(),
                queue.abandoned(),
                0,
                false,
                false,
                List.of("the first remover of " + disk.info().name() + " has not finished"),
                List.of());
    }

    /** The queues that this removal ends, from the one that holders see to the one over the driver. */
    private List<RequestQueue> queues() {
        List<RequestQueue> all = new ArrayList<>();
        all.add(queue);
        all.addAll(disk.layers().inner());
        return all;
    }

    /**
     * Not to wait for what this thread itself holds up: its entries, and what it has put off, which others take up.
     *
     * @return whom to give to {@link #unexcuse}
     */
    private List<RequestQueue> excuse() {
        RequestQueue.handOver(clockwork);
        List<RequestQueue> all = queues();
        all.forEach(each -> each.excuse(1));
        disk.openers().excuse(true);
        disk.ownUses().excuse(true);
        return all;
    }

    private void unexcuse(List<RequestQueue> excused) {
        disk.ownUses().excuse(false);
        disk.openers().excuse(false);
        excused.forEach(each -> each.excuse(-1));
    }

    /** Runs the removal, on the first remover's thread. */
    RemovalReport run() {
        List<RequestQueue> excused = excuse();
        try {
            return perform();
        } finally {
            unexcuse(excused);
        }
    }

    private RemovalReport perform() {
        DiskSpec.Timeouts bounds = disk.spec().timeouts();
        long began = clockwork.nanoTime();
        boolean synced = !surprise && sync(began + bounds.syncMs() * 1_000_000);
        long refusedAt = clockwork.nanoTime();
        long drainNanos = bounds.drainMs() * 1_000_000;
        long deadline = refusedAt + drainNanos;

        syncing.callOff();
        disk.refuse();
        long inFlight = queue.inFlight();
        List<OpenHandle.State> handles = disk.handles();
        unlist();
        int told = tell(handles);
        drain(refusedAt, drainNanos);
        long drainedAt = clockwork.nanoTime();
        if (!surprise && (queue.takeWroteSinceFlush() || isFlushOwed())) {
            synced &= flush(deadline);
        }
        endFlushes(deadline, drainNanos);
        List<RequestQueue> queues = queues();
        boolean quiet = shut(queues, deadline);
        telling.await(deadline, () -> false);
        laggards.addAll(telling.laggards());
        problems.addAll(telling.problems());
        disk.ownUses().await(clockwork, deadline);

        for (RequestQueue each : queues) {
            if (!each.isIdle()) {
                // The flush of this very removal, which nobody waits for any more; or what a stuck end action is in the
                // way of.
                clockwork.execute(
                        "the rest over the driver's head of " + disk.info().name(), each::abandonAll);
            }
            each.dropDriver();
        }
        long ended = clockwork.nanoTime();
        RemovalReport made = new RemovalReport(
                disk.info(),
                surprise ? Removal.SURPRISE : Removal.ORDERLY,
                refusedAt - began,
                drainedAt - refusedAt,
                ended - began,
                inFlight,
                queue.endedGone(),
                queue.abandoned(),
                told,
                synced && !surprise,
                quiet,
                laggards,
                problems);
        disk.dead();
        synchronized (this) {
            report = made;
            notifyAll();
        }
        Recorder.removal(made);
        disk.table().events().removed(made);
        return made;
    }

    /** Lets nobody into the driver and the filters any more, and waits until nobody is inside, nor in an end below a filter. */
    private boolean shut(List<RequestQueue> queues, long deadline) {
        boolean quiet = true;
        for (RequestQueue each : queues) {
            each.refuse();
            each.stopIssuing();
            if (each != queue && each.inFlight() > each.excusedEnds()) {
                // What a filter began of its own accord.
                telling.send("abort below a filter of " + disk.info().name(), each::abort);
            }
            boolean out =
                    each.awaitQuiet(deadline) && (each == queue || each.awaitDrained(deadline, each::excusedEnds));
            if (!out) {
                laggards.addAll(each.inside());
            }
            quiet &= out;
        }
        String teller = disk.openers().shut(clockwork, deadline);
        if (teller != null) {
            laggards.add(teller);
        }
        return quiet && teller == null;
    }

    /** Everybody who holds the disk writes back, whoever opens it meanwhile included; then the device's cache is flushed. */
    private boolean sync(long deadline) {
        if (!disk.beginSync()) {
            return false;
        }
        Set<Holder> asked = Collections.newSetFromMap(new IdentityHashMap<>());
        boolean all = true;
        boolean more = true;
        while (more && all && !surprise) {
            more = false;
            for (OpenHandle.State handle : disk.handles()) {
                if (asked.add(handle.holder)) {
                    more = true;
                    Holder holder = handle.holder;
                    syncing.send("sync of " + name(holder), () -> {
                        long leftMs = (deadline - clockwork.nanoTime()) / 1_000_000;
                        if (disk.isHeldBy(holder)) {
                            holder.sync(Math.max(0, leftMs));
                        }
                    });
                }
            }
            all = syncing.await(deadline, () -> surprise);
        }
        if (!surprise) {
            laggards.addAll(syncing.laggards());
        }
        problems.addAll(syncing.problems());
        boolean clean = all && syncing.problems().isEmpty();
        if (!surprise && queue.takeWroteSinceFlush()) {
            clean &= flush(deadline);
        }
        return clean && !surprise;
    }

    /** Asks the driver to make everything durable, on another thread since it may never return; a surprise ends the wait. */
    private boolean flush(long deadline) {
        BlockBio bio = new BlockBio(new RemovalSource());
        flushes.add(bio);
        bio.flush().onEnd(this::flushed);
        clockwork.execute("flush of " + disk.info().name(), () -> RequestQueue.submit(bio));
        await(deadline, () -> surprise || bio.status() != null);
        if (bio.status() == null) {
            if (!surprise) {
                laggards.add("flush of " + disk.info().name() + " has not completed");
            }
            return false;
        }
        if (bio.status() != BlockStatus.OK && !surprise) {
            problems.add("flush of " + disk.info().name() + " failed: "
                    + bio.status().text());
        }
        return bio.status() == BlockStatus.OK;
    }

    /** Whether the last flush never came to the driver: it waited for a tag, until everything that waited was ended. */
    private boolean isFlushOwed() {
        return !flushes.isEmpty() && flushes.get(flushes.size() - 1).status() == BlockStatus.GONE;
    }

    /** A flush that was too slow, or that a surprise has cut short, may still be with the driver: it is ended like any request. */
    private void endFlushes(long deadline, long drainNanos) {
        if (awaitFlushes(clockwork.nanoTime())) {
            return;
        }
        abortAll();
        if (!awaitFlushes(deadline - drainNanos / 10)) {
            abandonAll();
            awaitFlushes(deadline);
        }
    }

    private boolean awaitFlushes(long deadline) {
        return await(deadline, () -> flushes.stream().noneMatch(flush -> flush.status() == null));
    }

    /** @return whether it has become so in time; whoever makes it so notifies */
    private synchronized boolean await(long deadline, BooleanSupplier so) {
        return clockwork.awaitUntil(this, deadline, so);
    }

    private synchronized void flushed(Bio bio) {
        notifyAll();
    }

    private final class RemovalSource implements BlockBio.Source {
        @Override
        public RequestQueue queue() {
            return queue;
        }

        @Override
        public boolean isClosed() {
            return false;
        }

        @Override
        public boolean isRemoval() {
            return true;
        }
    }

    private void unlist() {
        synchronized (disk) {
            synchronized (this) {
                unlisted = true;
            }
        }
        DiskEvents.Published findable = disk.takePublished();
        if (findable != null) {
            telling.send("a listener of the service of " + disk.info().name(), findable::withdraw);
        }
    }

    /** R6: each holder once, though it may have several handles. */
    private int tell(List<OpenHandle.State> handles) {
        Removal kind = surprise ? Removal.SURPRISE : Removal.ORDERLY;
        Set<Holder> told = Collections.newSetFromMap(new IdentityHashMap<>());
        for (OpenHandle.State handle : handles) {
            if (!handle.isClosed() && told.add(handle.holder)) {
                Holder holder = handle.holder;
                telling.send("markDead of " + name(holder), () -> {
                    if (disk.isHeldBy(holder)) {
                        holder.markDead(kind);
                    }
                });
            }
        }
        return told.size();
    }

    /** Those that this thread is carrying into the driver cannot end while it waits here. */
    private void endOwnRequests() {
        for (RequestQueue each : queues()) {
            Runnable own = each.abandonOwn();
            if (own != null) {
                clockwork.execute("the end of a remover's own request", own);
            }
        }
    }

    private void drain(long refusedAt, long drainNanos) {
        long deadline = refusedAt + drainNanos;
        endOwnRequests();
        boolean drained = !surprise && queue.awaitDrained(refusedAt + drainNanos / 2, this::excusedEndsOrSurprise);
        if (drained && queue.inFlight() <= queue.excusedEnds()) {
            return;
        }
        abortAll();
        if (!queue.awaitDrained(deadline - drainNanos / 10, queue::excusedEnds)) {
            abandonAll();
            if (!queue.awaitDrained(deadline, queue::excusedEnds)) {
                laggards.add(
                        queue.inFlight() + " requests of " + disk.info().name() + " have not ended: " + queue.inside());
            }
        }
    }

    private void abortAll() {
        for (RequestQueue each : queues()) {
            each.refuse();
            each.stopIssuing();
            telling.send("abort of " + disk.info().name(), each::abort);
        }
    }

    /** The lowest first: a filter above it may end its own then. */
    private void abandonAll() {
        List<RequestQueue> queues = queues();
        for (int i = queues.size() - 1; i >= 0; i--) {
            RequestQueue each = queues.get(i);
            telling.send("the ends over the driver's head of " + disk.info().name(), each::abandonAll);
        }
    }

    /** A surprise during an orderly drain makes waiting pointless. */
    private long excusedEndsOrSurprise() {
        return surprise ? Long.MAX_VALUE : queue.excusedEnds();
    }

    private static String name(Holder holder) {
        try {
            return holder.holderName();
        } catch (RuntimeException e) {
            return holder.getClass().getName();
        }
    }
}
