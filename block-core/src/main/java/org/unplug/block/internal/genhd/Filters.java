package org.unplug.block.internal.genhd;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.block.internal.queue.RequestQueue;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.FilterRegistration;
import org.unplug.block.spi.QueueLimits;
import org.unplug.block.stack.Filter;
import org.unplug.block.stack.FilterDriver;

/** The filters there are, by name, and how one of them gets into a disk's queue. */
public final class Filters {

    private final DiskTable table;
    private final Map<String, Offer> byName = new LinkedHashMap<>();

    /** Lets others find what can be asked of a filter that is in a disk's queue. */
    @FunctionalInterface
    public interface Publisher {
        DiskEvents.Published publish(String filter, DiskInfo disk, Map<Class<?>, Object> services);

        /** Lets nobody find anything. */
        Publisher NOBODY = (filter, disk, services) -> () -> {};
    }

    private record Offer(Owner owner, Filter filter, Publisher publisher) {}

    Filters(DiskTable table) {
        this.table = table;
    }

    /** A filter has come. One whose name is taken, or that cannot say its name, is reported and left alone. */
    public void add(Owner owner, Filter filter, Publisher publisher) {
        String name;
        try {
            name = filter.name();
        } catch (RuntimeException e) {
            table.events().fault("a filter of class " + filter.getClass().getName() + " cannot say its name: " + e);
            return;
        }
        synchronized (byName) {
            if (byName.putIfAbsent(name, new Offer(owner, filter, publisher)) == null) {
                return;
            }
        }
        table.events().fault("filter " + name + " of class " + filter.getClass().getName() + ": the name is taken");
    }

    /** A filter goes: it is taken out wherever it is; bounded by the disks' drain deadlines. */
    public void remove(Filter filter) {
        synchronized (byName) {
            byName.values().removeIf(offer -> offer.filter == filter);
        }
        Errands errands = new Errands(table.clockwork());
        for (Gendisk disk : table.all()) {
            if (disk.layers().hasMadeBy(filter)) {
                errands.send(
                        "taking " + filter.getClass().getName() + " out of "
                                + disk.info().name(),
                        () -> disk.layers().takeOutMadeBy(filter));
            }
        }
        errands.await(Long.MAX_VALUE, () -> false);
    }

    public List<String> names() {
        synchronized (byName) {
            return new ArrayList<>(byName.keySet());
        }
    }

    private Offer find(String name) {
        synchronized (byName) {
            return byName.get(name);
        }
    }

    /** See {@link org.unplug.block.DiskControl#insert(String, String, Map)}. */
    public FilterRegistration insert(String diskName, String name, Map<String, ?> options) {
        Gendisk disk = table.existing(diskName);
        Offer offer = find(name);
        if (offer == null) {
            throw new IllegalArgumentException("no such filter: " + name + "; there are " + String.join(", ", names()));
        }
        FilterRegistration inserted = table.inserted(
                disk,
                name,
                disk.layers()
                        .insert(new Layers.Plan(
                                offer.owner,
                                name,
                                offer.filter,
                                offer.publisher,
                                (below, limits) -> make(offer.filter, below, options, disk, limits))));
        if (!offer.equals(find(name))) {
            disk.layers().takeOutMadeBy(offer.filter);
            throw new IllegalStateException("filter " + name + " has gone");
        }
        return inserted;
    }

    /** The filter's driver, whose wishes as to the shape of the disk must be such as a disk in use can follow. */
    private static Layers.Made make(
            Filter filter, DiskHandle below, Map<String, ?> options, Gendisk disk, QueueLimits limits) {
        FilterDriver driver = filter.create(below, options);
        DiskSpec derived = new DiskSpec(
                disk.spec().prefix(),
                disk.spec().naming(),
                disk.info().capacitySectors(),
                limits,
                disk.info().readOnly(),
                disk.spec().removable(),
                disk.spec().bus(),
                disk.spec().model(),
                disk.spec().serial(),
                disk.spec().timeouts());
        DiskSpec wanted = driver.spec(derived);
        if (wanted.capacitySectors() != derived.capacitySectors()
                || wanted.readOnly() != derived.readOnly()
                || !RequestQueue.canFollow(limits, wanted.limits())) {
            driver.close();
            throw new IllegalArgumentException("filter " + filter.name() + " wants a disk of another shape than "
                    + disk.info().name() + " has: " + wanted);
        }
        return new Layers.Made(driver, wanted.limits());
    }
}
