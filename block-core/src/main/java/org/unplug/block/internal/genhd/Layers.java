package org.unplug.block.internal.genhd;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.unplug.block.DiskHandle;
import org.unplug.block.internal.queue.RequestQueue;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.FilterRegistration;

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
 */
final class Layers {

    private final Gendisk disk;
    private final Object turn = new Object();
    private boolean taken;
    private final List<Layer> layers = new ArrayList<>();

    Layers(Gendisk disk) {
        this.disk = disk;
    }

    private final class Layer implements FilterRegistration {
        private final String name;
        private final Owner owner;
        private final RequestQueue inner;
        private final Runnable takeBack = this::removeForOwner;
        /** Guarded by the list. */
        private boolean bypassed;

        Layer(String name, Owner owner, RequestQueue inner) {
            this.name = name;
            this.owner = owner;
            this.inner = inner;
        }

        @Override
        public boolean isInserted() {
            synchronized (layers) {
                return layers.contains(this) && !bypassed;
            }
        }

        @Override
        public boolean remove() {
            long deadline = deadline();
            if (takeTurn(deadline)) {
                try {
                    if (takeOut(this, deadline)) {
                        return true;
                    }
                } finally {
                    giveTurn();
                }
            }
            // The removal of the disk, if there is one, takes the filter out too.
            return disk.joinRemoval();
        }

        private void removeForOwner() {
            if (!remove()) {
                disk.table()
                        .events()
                        .fault("filter " + name + " of " + disk.info().name() + " is in use still, though "
                                + owner.name() + " stops");
            }
        }
    }

    /**
     * Puts a filter above whatever is there.
     *
     * @return null if requests under way did not end in time, or the disk is being removed
     * @throws IllegalStateException if the owner has stopped
     */
    FilterRegistration insert(Owner owner, String name, Function<DiskHandle, DiskDriver> filter) {
        long deadline = deadline();
        if (!takeTurn(deadline)) {
            return null;
        }
        try {
            RequestQueue outer = disk.queue();
            DiskDriver driver = outer.driver();
            if (driver == null) {
                return null;
            }
            RequestQueue inner = disk.newQueue(driver);
            DiskDriver made = filter.apply(new InnerHandle(inner));
            if (made == null) {
                throw new IllegalArgumentException("filter " + name + " made no driver");
            }
            Layer layer = new Layer(name, owner, inner);
            owner.ownsDisk(layer.takeBack);
            synchronized (layers) {
                layers.add(0, layer);
            }
            // It may have grown since the inner queue was made.
            inner.resize(disk.info());
            if (!replaceFrozen(outer, made, deadline)) {
                inner.refuse();
                inner.dropDriver();
                forget(layer);
                return null;
            }
            outer.awaitRetired(deadline);
            return layer;
        } finally {
            giveTurn();
        }
    }

    private static boolean replaceFrozen(RequestQueue queue, DiskDriver next, long deadline) {
        try {
            return queue.freeze(deadline) && queue.replace(next);
        } finally {
            queue.thaw();
        }
    }

    private boolean takeOut(Layer layer, long deadline) {
        RequestQueue outer;
        boolean bypassed;
        synchronized (layers) {
            if (!layers.contains(layer)) {
                return true;
            }
            outer = above(layer);
            bypassed = layer.bypassed;
        }
        if (!bypassed && !bypass(layer, outer, deadline)) {
            return false;
        }
        RequestQueue inner = layer.inner;
        inner.refuse();
        inner.abort();
        inner.excuse(1);
        boolean quiet;
        try {
            quiet = outer.awaitRetired(deadline)
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

    /** The queue that leads to a filter, or did. */
    private RequestQueue above(Layer layer) {
        RequestQueue outer = disk.queue();
        for (Layer each : layers) {
            if (each == layer) {
                break;
            }
            if (!each.bypassed) {
                outer = each.inner;
            }
        }
        return outer;
    }

    /** Freezes both sides and closes the gap. */
    private boolean bypass(Layer layer, RequestQueue outer, long deadline) {
        RequestQueue inner = layer.inner;
        boolean done = false;
        try {
            if (outer.freeze(deadline) && inner.freeze(deadline)) {
                DiskDriver driver = inner.driver();
                done = driver != null && outer.replace(driver);
            }
            if (done) {
                inner.refuse();
                inner.stopIssuing();
                synchronized (layers) {
                    layer.bypassed = true;
                }
            }
        } finally {
            inner.thaw();
            outer.thaw();
        }
        return done;
    }

    private void forget(Layer layer) {
        synchronized (layers) {
            layers.remove(layer);
        }
        layer.owner.disownsDisk(layer.takeBack);
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
                    .filter(layer -> !layer.bypassed)
                    .map(layer -> layer.name)
                    .toList();
        }
    }

    /** The disk is dead: its filters belong to nobody any more. */
    void dead() {
        List<Layer> left;
        synchronized (layers) {
            left = List.copyOf(layers);
        }
        left.forEach(this::forget);
    }

    private long deadline() {
        return disk.clockwork().nanoTime() + disk.spec().timeouts().drainMs() * 1_000_000 / 2;
    }

    private boolean takeTurn(long deadline) {
        synchronized (turn) {
            while (taken) {
                long left = deadline - disk.clockwork().nanoTime();
                if (left <= 0) {
                    return false;
                }
                disk.clockwork().await(turn, left);
            }
            taken = true;
            return true;
        }
    }

    private void giveTurn() {
        synchronized (turn) {
            taken = false;
            turn.notifyAll();
        }
    }
}
