package org.unplug.block.internal.genhd;

import org.unplug.block.DiskInfo;
import org.unplug.block.internal.queue.RequestQueue;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.FilterRegistration;
import org.unplug.block.stack.FilterDriver;
import org.unplug.block.stack.Upper;

/** One filter in a disk's queue: its driver, and the inner queue that it has below it. {@link Layers} moves it. */
final class Layer implements FilterRegistration, Upper {

    /** Whether requests go through the filter. */
    enum State {
        /** They do. */
        IN,
        /** They go past it, to the inner queue still, since the driver below would not end what it has. */
        PASSED,
        /** They go past it and the inner queue; threads may be on their way out. */
        BYPASSED
    }

    private final Layers layers;
    private final Gendisk disk;
    final String name;
    /** The filter's own object, if it is a service; else null. */
    final Object maker;

    final RequestQueue inner;
    private final Owner owner;
    private final Runnable takeBack = this::removeForOwner;
    /** Both guarded by this. */
    private DiskEvents.Published services;

    private DiskDriver driver;

    /** Guarded by the list of layers. */
    State state = State.IN;

    Layer(Layers layers, Gendisk disk, String name, Owner owner, Object maker, RequestQueue inner) {
        this.layers = layers;
        this.disk = disk;
        this.name = name;
        this.owner = owner;
        this.maker = maker;
        this.inner = inner;
    }

    /**
     * @throws IllegalArgumentException if there is no driver
     * @throws IllegalStateException if the owner has stopped
     */
    void belongToOwner(DiskDriver made) {
        if (made == null) {
            throw new IllegalArgumentException("filter " + name + " made no driver");
        }
        synchronized (this) {
            driver = made;
        }
        owner.ownsDisk(takeBack);
    }

    void leaveOwner() {
        owner.disownsDisk(takeBack);
    }

    /** Whether it lets go at once of what it keeps waiting, when it is asked to cancel. */
    synchronized boolean hurries() {
        return driver instanceof FilterDriver;
    }

    /** It is in its place: lets it know, and lets others find what can be asked of it. Others' code runs in here. */
    void settle(Filters.Publisher publisher) {
        DiskDriver placed;
        synchronized (this) {
            placed = driver;
        }
        if (placed instanceof FilterDriver filter) {
            filter.attached(this);
            DiskEvents.Published found = publisher.publish(name, disk.info(), filter.services());
            synchronized (this) {
                services = found;
            }
            if (!isInserted()) {
                // It went meanwhile, and did not find what to withdraw.
                withdraw();
            }
        }
    }

    /** No request goes there any more: what can be asked of it is not there any more either. */
    void withdraw() {
        DiskEvents.Published found;
        synchronized (this) {
            found = services;
            services = null;
        }
        if (found != null) {
            found.withdraw();
        }
    }

    /** Has the driver let go of everything, after nothing is given to it any more; bounded by the driver. Idempotent. */
    void close() {
        DiskDriver closing;
        synchronized (this) {
            closing = driver;
            driver = null;
        }
        if (closing instanceof FilterDriver filter) {
            try {
                filter.close();
            } catch (RuntimeException e) {
                complain("did not let go: " + e.getMessage());
            }
        }
    }

    private void removeForOwner() {
        if (!layers.takeOutForOwner(this)) {
            complain("went with " + owner.name() + ", but not all that was inside has come out");
        }
    }

    private void complain(String what) {
        disk.table().events().fault("filter " + name + " of " + disk.info().name() + " " + what);
    }

    @Override
    public boolean remove() {
        return layers.takeOut(this);
    }

    @Override
    public boolean isInserted() {
        return layers.contains(this);
    }

    @Override
    public DiskInfo info() {
        return disk.info();
    }

    @Override
    public void orphan() {
        disk.markDead();
    }

    @Override
    public void restartQueue() {
        layers.above(this).restart();
    }

    @Override
    public String toString() {
        return name + " of " + disk.info().name();
    }
}
