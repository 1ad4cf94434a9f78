package org.unplug.block.internal.genhd;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskState;
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

    /** Entries of removers that wait, in usage gate and calls gate. Guarded by this. */
    private long excusedEnds;

    private final Map<RequestQueue, Long> excusedCalls = new HashMap<>();
    private RemovalReport report;
    private boolean unlisted;
    private volatile boolean surprise;

    private final List<String> problems = new ArrayList<>();
    private final List<String> laggards = new ArrayList<>();

    DiskRemoval(Gendisk disk, Removal kind) {
        this.disk = disk;
        this.queue = disk.queue();
        this.clockwork = disk.clockwork();
        this.syncing = new Errands(clockwork);
        this.telling = new Errands(clockwork);
        this.surprise = kind == Removal.SURPRISE;
        if (surprise) {
            queue.refuse();
        }
    }

    boolean isSurprise() {
        return surprise;
    }

    synchronized boolean hasUnlisted() {
        return unlisted;
    }

    /** The device is gone: refuses at once, and cuts an orderly sync short. Never blocks. */
    void surprise() {
        surprise = true;
        queue.refuse();
        syncing.recheck();
    }

    /** Waits for the first remover, whose deadlines bound this too, and gets its report. */
    RemovalReport join() {
        excuse(1);
        try {
            DiskSpec.Timeouts bounds = disk.spec().timeouts();
            long slack = bounds.drainMs();
            long deadline = clockwork.nanoTime() + (bounds.syncMs() + bounds.drainMs() + slack) * 1_000_000;
            synchronized (this) {
                while (report == null) {
                    long left = deadline - clockwork.nanoTime();
                    if (left <= 0) {
                        return unfinished();
                    }
                    clockwork.await(this, left);
                }
                return report;
            }
        } finally {
            excuse(-1);
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

    private void excuse(int sign) {
        List<RequestQueue> queues = new ArrayList<>(disk.layers().inner());
        queues.add(queue);
        synchronized (this) {
            excusedEnds += sign * queue.ownEnds();
            queues.forEach(q -> excusedCalls.merge(q, sign * q.ownCalls(), Long::sum));
        }
        queues.forEach(RequestQueue::recheck);
    }

    private synchronized long excusedEnds() {
        return excusedEnds;
    }

    private synchronized long excusedCalls(RequestQueue which) {
        return excusedCalls.getOrDefault(which, 0L);
    }

    /** Runs the removal, on the first remover's thread. */
    RemovalReport run() {
        excuse(1);
        try {
            return perform();
        } finally {
            excuse(-1);
        }
    }

    private RemovalReport perform() {
        DiskSpec.Timeouts bounds = disk.spec().timeouts();
        long began = clockwork.nanoTime();
        boolean synced = !surprise && sync(began + bounds.syncMs() * 1_000_000);
        long refusedAt = clockwork.nanoTime();
        long drainNanos = bounds.drainMs() * 1_000_000;
        long deadline = refusedAt + drainNanos;

        queue.refuse();
        long inFlight;
        List<OpenHandle.State> handles;
        synchronized (disk) {
            disk.moveTo(DiskState.DYING);
            inFlight = queue.inFlight();
            handles = disk.handles();
        }
        unlist();
        int told = tell(handles);
        drain(refusedAt, drainNanos);
        long drainedAt = clockwork.nanoTime();
        if (!surprise && queue.takeWroteSinceFlush()) {
            synced &= flush(deadline);
        }
        boolean quiet = shut(queue, deadline);
        for (RequestQueue inner : disk.layers().inner()) {
            inner.refuse();
            quiet &= shut(inner, deadline);
        }
        telling.await(deadline, () -> false);
        laggards.addAll(telling.laggards());
        problems.addAll(telling.problems());

        queue.dropDriver();
        disk.layers().inner().forEach(RequestQueue::dropDriver);
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

    /** Lets nobody into the driver behind a queue any more, and waits until nobody is inside. */
    private boolean shut(RequestQueue which, long deadline) {
        which.stopIssuing();
        boolean quiet = which.awaitQuiet(deadline, () -> excusedCalls(which));
        if (!quiet) {
            laggards.addAll(which.inside());
        }
        return quiet;
    }

    /** Everybody who holds the disk writes back, whoever opens it meanwhile included; then the device's cache is flushed. */
    private boolean sync(long deadline) {
        synchronized (disk) {
            disk.moveTo(DiskState.SYNCING);
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
                        holder.sync(Math.max(0, leftMs));
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

    /** Asks the driver to make everything durable; bounded. */
    private boolean flush(long deadline) {
        BlockBio bio = new BlockBio(new RemovalSource());
        bio.flush();
        boolean ended = Waiter.await(bio, b -> RequestQueue.submit(bio), clockwork, deadline);
        if (!ended) {
            laggards.add("flush of " + disk.info().name() + " has not completed");
            return false;
        }
        if (bio.status() != BlockStatus.OK && !surprise) {
            problems.add("flush of " + disk.info().name() + " failed: "
                    + bio.status().text());
        }
        return bio.status() == BlockStatus.OK;
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
                telling.send("markDead of " + name(holder), () -> holder.markDead(kind));
            }
        }
        return told.size();
    }

    private void drain(long refusedAt, long drainNanos) {
        long deadline = refusedAt + drainNanos;
        boolean drained = !surprise && queue.awaitDrained(refusedAt + drainNanos / 2, this::excusedEndsOrSurprise);
        if (drained && queue.inFlight() <= excusedEnds()) {
            return;
        }
        queue.stopIssuing();
        Runnable own = queue.abandonOwn();
        if (own != null) {
            telling.send("the end of the remover's own request", own::run);
        }
        telling.send("abort of " + disk.info().name(), queue::abort);
        for (RequestQueue inner : disk.layers().inner()) {
            telling.send("abort below a filter of " + disk.info().name(), () -> {
                inner.refuse();
                inner.abort();
            });
        }
        if (!queue.awaitDrained(deadline - drainNanos / 10, this::excusedEnds)) {
            telling.send("the ends over the driver's head of " + disk.info().name(), queue::abandonAll);
            if (!queue.awaitDrained(deadline, this::excusedEnds)) {
                laggards.add(
                        queue.inFlight() + " requests of " + disk.info().name() + " have not ended: " + queue.inside());
            }
        }
    }

    /** A surprise during an orderly drain makes waiting pointless. */
    private long excusedEndsOrSurprise() {
        return surprise ? Long.MAX_VALUE : excusedEnds();
    }

    private static String name(Holder holder) {
        try {
            return holder.holderName();
        } catch (RuntimeException e) {
            return holder.getClass().getName();
        }
    }
}
