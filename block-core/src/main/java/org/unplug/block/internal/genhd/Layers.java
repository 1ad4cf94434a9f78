package org.unplug.block.internal.genhd;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.unplug.block.DiskHandle;
import org.unplug.block.internal.queue.RequestQueue;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.FilterRegistration;
import org.unplug.block.spi.QueueLimits;
import org.unplug.block.stack.PassThrough;

/**
 * The filters in a disk's queue, uppermost first. A filter takes the place of the driver; the driver goes on behind an inner
 * queue, which is what the filter has below it. So a request passes outer queue, filter, inner queue, driver, and each step has
 * the gates, tags and time-outs of a queue.
 *
 * <p>Insertions and removals of one disk take turns. They hold nothing that the disk's removal needs: that only reads the list, in
 * which an inner queue stands from before the exchange that leads to it until nobody is in it any more.
 *
 * <p>A filter is taken out while the queues on both sides of it are frozen and what they lead to has no request, so that the driver
 * never has two requests with the same tag, from two queues. If threads do not come out of it in time it is <em>bypassed</em>: no
 * request goes there, but a later removal, of it or of the disk, still waits for them.
 *
 * <p>A filter whose bundle stops goes even if the driver below is stuck. The inner queue then stays, since the driver still has its
 * requests, and a plain passage leads from the outer queue to it: the filter is <em>passed</em>. What was inside it ends by the
 * driver's answer, its time-out, or removal. The inner queue goes with the next insertion.
 */
final class Layers {

    private final Gendisk disk;
    private final Object turn = new Object();
    private boolean taken;
    private final List<Layer> layers = new ArrayList<>();

    Layers(Gendisk disk) {
        this.disk = disk;
    }

    /** A filter's driver, and the limits of a queue that leads to it. */
    record Made(DiskDriver driver, QueueLimits limits) {}

    /**
     * What to insert.
     *
     * @param maker the filter's own object, if it is a service; else null
     * @param make makes the driver over a handle and the limits of what is below
     */
    record Plan(
            Owner owner,
            String name,
            Object maker,
            Filters.Publisher publisher,
            BiFunction<DiskHandle, QueueLimits, Made> make) {}

    /**
     * Puts a filter above whatever is there.
     *
     * @return null if requests under way did not end in time, or the disk is being removed
     * @throws IllegalStateException if the owner has stopped
     */
    FilterRegistration insert(Plan plan) {
        long deadline = deadline();
        if (!takeTurn(deadline)) {
            return null;
        }
        Layer layer;
        try {
            closeGaps(deadline);
            layer = place(plan, deadline);
        } finally {
            giveTurn();
        }
        if (layer != null) {
            layer.settle(plan.publisher);
        }
        return layer;
    }

    private Layer place(Plan plan, long deadline) {
        RequestQueue outer = disk.queue();
        DiskDriver driver = outer.driver();
        if (driver == null) {
            return null;
        }
        RequestQueue inner = disk.newQueue(driver, outer.limits());
        Layer layer = new Layer(this, disk, plan.name, plan.owner, plan.maker, inner);
        synchronized (layers) {
            layers.add(0, layer);
        }
        // It may have grown since the inner queue was made.
        inner.resize(disk.info());
        boolean placed = false;
        try {
            // The filter may read what is below while it is made: the driver must not have requests of the outer queue
            // then.
            if (outer.freeze(deadline)) {
                Made made = plan.make.apply(new InnerHandle(inner), outer.limits());
                layer.belongToOwner(made.driver);
                placed = outer.replace(made.driver, made.limits);
            }
        } finally {
            if (!placed) {
                giveUp(layer, deadline);
            }
            outer.thaw();
        }
        outer.awaitRetired(deadline);
        return placed ? layer : null;
    }

    /** A filter that did not get to its place. */
    private void giveUp(Layer layer, long deadline) {
        layer.inner.refuse();
        layer.inner.abort();
        layer.inner.awaitQuiet(deadline);
        layer.inner.dropDriver();
        forget(layer);
        layer.close();
    }

    // ---- taking out

    /** Takes a filter out within half of the drain deadline; the disk's removal, if there is one, takes it out too. */
    boolean takeOut(Layer layer) {
        return takeOut(layer, false) || disk.joinRemoval();
    }

    /** As {@link #takeOut}, and if the driver below is stuck leads requests past the filter. */
    boolean takeOutForOwner(Layer layer) {
        return takeOut(layer, true) || disk.joinRemoval();
    }

    private boolean takeOut(Layer layer, boolean atAnyRate) {
        if (!takeTurn(atAnyRate ? deadline() + drainNanos() : deadline())) {
            return false;
        }
        boolean quiet;
        try {
            if (!isListed(layer)) {
                return true;
            }
            if (!leadPast(layer, deadline(), atAnyRate)) {
                return false;
            }
            quiet = empty(layer, deadline());
        } finally {
            giveTurn();
        }
        // Not before: whoever is told that its services go may wait for a request.
        layer.withdraw();
        if (quiet || atAnyRate) {
            layer.close();
            layer.leaveOwner();
        }
        return quiet;
    }

    /** Takes the uppermost filter of that name out. */
    boolean takeOut(String name) {
        Layer found;
        synchronized (layers) {
            found = layers.stream()
                    .filter(layer -> layer.state == Layer.State.IN && layer.name.equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("no filter " + name + " is in the queue of "
                            + disk.info().name()));
        }
        return takeOut(found);
    }

    boolean hasMadeBy(Object maker) {
        synchronized (layers) {
            return layers.stream().anyMatch(layer -> layer.maker == maker);
        }
    }

    void takeOutMadeBy(Object maker) {
        List<Layer> all;
        synchronized (layers) {
            all = layers.stream().filter(layer -> layer.maker == maker).toList();
        }
        all.forEach(this::takeOutForOwner);
    }

    /**
     * Freezes both sides and closes the gap. If what is inside does not end in time, and it must be, leads what comes from now on
     * past the filter to the inner queue.
     *
     * @return false if requests go through the filter still
     */
    private boolean leadPast(Layer layer, long deadline, boolean atAnyRate) {
        if (layer.state == Layer.State.BYPASSED) {
            return true;
        }
        RequestQueue outer = above(layer);
        RequestQueue inner = layer.inner;
        try {
            boolean vacant = freezeAbove(layer, outer, deadline);
            if (vacant) {
                // What it keeps, as a cache does, goes down while nobody can look for it there.
                layer.close();
            }
            if (vacant && inner.freeze(deadline())) {
                closeGap(layer, outer);
            } else if ((vacant || atAnyRate) && layer.state == Layer.State.IN) {
                DiskDriver passage = new PassThrough(new InnerHandle(inner), 0, disk.clockwork());
                if (outer.replace(passage, inner.limits())) {
                    move(layer, Layer.State.PASSED);
                }
            }
        } finally {
            inner.thaw();
            outer.thaw();
        }
        return layer.state != Layer.State.IN;
    }

    private void closeGap(Layer layer, RequestQueue outer) {
        DiskDriver driver = layer.inner.driver();
        if (driver != null && outer.replace(driver, layer.inner.limits())) {
            layer.inner.refuse();
            layer.inner.stopIssuing();
            move(layer, Layer.State.BYPASSED);
        }
    }

    /** Has the filter let go of what it keeps waiting of its own accord. */
    private boolean freezeAbove(Layer layer, RequestQueue outer, long deadline) {
        outer.hold();
        if (layer.hurries()) {
            disk.clockwork().execute("hurry of filter " + layer, outer.hurry());
        }
        return outer.freeze(deadline);
    }

    /** Waits until nobody is inside a filter that requests do not go through any more. */
    private boolean empty(Layer layer, long deadline) {
        if (layer.state == Layer.State.PASSED) {
            return above(layer).awaitRetired(deadline);
        }
        RequestQueue inner = layer.inner;
        inner.refuse();
        inner.abort();
        inner.excuse(1);
        boolean quiet;
        try {
            quiet = above(layer).awaitRetired(deadline)
                    && inner.awaitQuiet(deadline)
                    && inner.awaitDrained(deadline, inner::excusedEnds);
        } finally {
            inner.excuse(-1);
        }
        if (quiet) {
            inner.dropDriver();
            forget(layer);
        }
        return quiet;
    }

    /** Inner queues that stayed behind when their filters went are taken out now, if they can be. */
    private void closeGaps(long deadline) {
        List<Layer> gaps;
        synchronized (layers) {
            gaps = layers.stream()
                    .filter(layer -> layer.state == Layer.State.PASSED)
                    .toList();
        }
        for (Layer gap : gaps) {
            leadPast(gap, deadline, false);
            empty(gap, deadline);
        }
    }

    private void move(Layer layer, Layer.State next) {
        synchronized (layers) {
            layer.state = next;
        }
    }

    private void forget(Layer layer) {
        synchronized (layers) {
            layers.remove(layer);
        }
        layer.leaveOwner();
    }

    // ---- what there is

    private boolean isListed(Layer layer) {
        synchronized (layers) {
            return layers.contains(layer);
        }
    }

    boolean contains(Layer layer) {
        synchronized (layers) {
            return layers.contains(layer) && layer.state == Layer.State.IN;
        }
    }

    /** The queue that leads to a filter, or did. */
    RequestQueue above(Layer layer) {
        synchronized (layers) {
            RequestQueue outer = disk.queue();
            for (Layer each : layers) {
                if (each == layer) {
                    break;
                }
                if (each.state != Layer.State.BYPASSED) {
                    outer = each.inner;
                }
            }
            return outer;
        }
    }

    /** The inner queues, uppermost first, for the disk's removal. */
    List<RequestQueue> inner() {
        synchronized (layers) {
            return layers.stream().map(layer -> layer.inner).toList();
        }
    }

    List<String> names() {
        synchronized (layers) {
            return layers.stream()
                    .filter(layer -> layer.state == Layer.State.IN)
                    .map(layer -> layer.name)
                    .toList();
        }
    }

    /** The disk is dead: its filters belong to nobody any more, and let go in their own time. */
    void dead() {
        List<Layer> left;
        synchronized (layers) {
            left = List.copyOf(layers);
        }
        for (Layer layer : left) {
            forget(layer);
            disk.clockwork().execute("close of filter " + layer, () -> {
                layer.withdraw();
                layer.close();
            });
        }
    }

    private long deadline() {
        return disk.clockwork().nanoTime() + drainNanos() / 2;
    }

    private long drainNanos() {
        return disk.spec().timeouts().drainMs() * 1_000_000;
    }

    private boolean takeTurn(long deadline) {
        synchronized (turn) {
            boolean free = disk.clockwork().awaitUntil(turn, deadline, () -> !taken);
            taken = true;
            return free;
        }
    }

    private void giveTurn() {
        synchronized (turn) {
            taken = false;
            turn.notifyAll();
        }
    }
}
