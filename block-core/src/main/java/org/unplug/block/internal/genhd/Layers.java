package org.unplug.block.internal.genhd;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.unplug.block.DiskHandle;
import org.unplug.block.internal.queue.RequestQueue;
import org.unplug.block.internal.queue.RequestQueue.Exchange;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.FilterRegistration;

/**
 * The filters in a disk's queue, uppermost first. A filter takes the place of the driver; the driver goes on behind an inner
 * queue, which is what the filter has below it. So a request passes outer queue, filter, inner queue, driver, and each step has
 * the gates, tags and time-outs of a queue.
 *
 * <p>Insertions and removals of one disk take turns. They hold nothing that the disk's removal needs: that only reads the list, in
 * which an inner queue stands from before the exchange that leads to it until after the one that leads away.
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
        private final Runnable takeBack = this::remove;

        Layer(String name, Owner owner, RequestQueue inner) {
            this.name = name;
            this.owner = owner;
            this.inner = inner;
        }

        @Override
        public boolean isInserted() {
            synchronized (layers) {
                return layers.contains(this);
            }
        }

        @Override
        public boolean remove() {
            long deadline = deadline();
            if (!takeTurn(deadline)) {
                return false;
            }
            try {
                return takeOut(this, deadline);
            } finally {
                giveTurn();
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
            Layer layer = new Layer(name, owner, inner);
            owner.ownsDisk(layer.takeBack);
            synchronized (layers) {
                layers.add(0, layer);
            }
            if (outer.exchange(made, deadline) == Exchange.NOT_IDLE) {
                forget(layer);
                return null;
            }
            return layer;
        } finally {
            giveTurn();
        }
    }

    private boolean takeOut(Layer layer, long deadline) {
        RequestQueue outer;
        synchronized (layers) {
            int index = layers.indexOf(layer);
            if (index < 0) {
                return true;
            }
            outer = index == 0 ? disk.queue() : layers.get(index - 1).inner;
        }
        DiskDriver driver = layer.inner.driver();
        if (driver == null) {
            return false;
        }
        Exchange done = outer.exchange(driver, deadline);
        if (done == Exchange.NOT_IDLE) {
            return false;
        }
        layer.inner.refuse();
        layer.inner.stopIssuing();
        boolean quiet = layer.inner.awaitQuiet(deadline, layer.inner::ownCalls);
        layer.inner.dropDriver();
        forget(layer);
        return done == Exchange.DONE && quiet;
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
            return layers.stream().map(layer -> layer.name).toList();
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
