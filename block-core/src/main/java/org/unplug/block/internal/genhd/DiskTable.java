package org.unplug.block.internal.genhd;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.block.DiskState;
import org.unplug.block.DiskStatus;
import org.unplug.block.Leak;
import org.unplug.block.Removal;
import org.unplug.block.internal.partition.Partitions;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.FilterRegistration;
import org.unplug.ref.Clockwork;
import org.unplug.ref.Leaks;

/**
 * All disks that are not released, by name. A name is taken when a disk is allocated and free again when it is released, so a
 * card that comes back while something still holds its predecessor gets another name, as in Linux.
 */
public final class DiskTable implements AutoCloseable {

    private final Clockwork clockwork;
    private final DiskEvents events;
    private final Leaks leaks;
    private final Partitions partitions;
    private final Schedulers schedulers = new Schedulers(this);
    private final Filters filters = new Filters(this);

    private final Map<String, Gendisk> disks = new LinkedHashMap<>();
    private final TreeSet<Integer> numbers = new TreeSet<>();
    private long lastEpoch;
    private boolean closed;

    public DiskTable(Clockwork clockwork, DiskEvents events) {
        this.clockwork = clockwork;
        this.events = events;
        this.leaks = new Leaks("org.unplug.block.internal.", events::leaked);
        this.partitions = new Partitions(this);
    }

    public Clockwork clockwork() {
        return clockwork;
    }

    public DiskEvents events() {
        return events;
    }

    public Filters filters() {
        return filters;
    }

    public Schedulers schedulers() {
        return schedulers;
    }

    /** Who holds what: its level is anybody's to set. */
    public Leaks leaks() {
        return leaks;
    }

    public Partitions partitions() {
        return partitions;
    }

    /** Adds a whole disk; see {@link org.unplug.block.Disks#add}. */
    public Gendisk add(Owner owner, DiskSpec spec, DiskDriver driver) {
        Gendisk disk = allocate(owner, spec, driver, null, "", 0);
        live(disk);
        partitions.look(disk);
        return disk;
    }

    /** Adds a part of a disk, named after it. */
    public Gendisk addPart(
            Owner owner, DiskSpec spec, DiskDriver driver, Gendisk parent, int partNumber, long startSector) {
        boolean digit = Character.isDigit(
                parent.info().name().charAt(parent.info().name().length() - 1));
        String name = parent.info().name() + (digit ? "p" : "") + partNumber;
        Gendisk disk = allocate(owner, spec, driver, parent, name, startSector);
        live(disk);
        return disk;
    }

    private Gendisk allocate(
            Owner owner, DiskSpec spec, DiskDriver driver, Gendisk parent, String partName, long startSector) {
        if (driver == null) {
            throw new IllegalArgumentException("a disk without a driver");
        }
        Gendisk disk;
        synchronized (disks) {
            if (closed) {
                throw new IllegalStateException("the block layer has stopped");
            }
            String name = parent == null ? freeName(spec) : partName;
            if (disks.containsKey(name)) {
                throw new IllegalStateException(name + " is not released yet: something still holds it");
            }
            int number = freeNumber();
            DiskInfo info = new DiskInfo(
                    name,
                    number,
                    ++lastEpoch,
                    spec.capacitySectors(),
                    spec.limits(),
                    spec.readOnly(),
                    spec.removable(),
                    spec.bus(),
                    owner.name(),
                    spec.model(),
                    spec.serial(),
                    parent == null ? "" : parent.info().name(),
                    startSector);
            disk = new Gendisk(this, info, spec, driver, owner, parent);
            numbers.add(number);
            disks.put(name, disk);
        }
        return disk;
    }

    private void live(Gendisk disk) {
        try {
            disk.driverOwner().ownsDisk(disk.takeBack());
        } catch (IllegalStateException dead) {
            disk.remove(Removal.SURPRISE);
            throw dead;
        }
        try {
            if (disk.goLive()) {
                events.added(disk.info());
            }
        } catch (RuntimeException e) {
            disk.remove(Removal.SURPRISE);
            throw e;
        }
    }

    private String freeName(DiskSpec spec) {
        for (int index = 0; ; index++) {
            String name = spec.prefix() + (spec.naming() == DiskSpec.Naming.LETTERED ? letters(index) : index);
            if (!disks.containsKey(name)) {
                return name;
            }
        }
    }

    private int freeNumber() {
        int number = 0;
        while (numbers.contains(number)) {
            number++;
        }
        return number;
    }

    /** 0 is a, 25 is z, 26 is aa. */
    static String letters(int index) {
        StringBuilder text = new StringBuilder();
        for (int rest = index; rest >= 0; rest = rest / 26 - 1) {
            text.append((char) ('a' + rest % 26));
        }
        return text.reverse().toString();
    }

    void released(Gendisk disk) {
        synchronized (disks) {
            disks.remove(disk.info().name());
            numbers.remove(disk.info().number());
        }
        events.released(disk.info());
    }

    /** The disk of that name that is not released, or null. */
    public Gendisk find(String name) {
        synchronized (disks) {
            return disks.get(name);
        }
    }

    /** The disk of that name, or an IllegalArgumentException. */
    public Gendisk existing(String name) {
        Gendisk disk = find(name);
        if (disk == null) {
            throw new IllegalArgumentException("no such disk: " + name);
        }
        return disk;
    }

    /** See {@link org.unplug.block.Disks#schedule}. */
    public void schedule(String name, String scheduler) {
        schedulers.use(existing(name), scheduler);
    }

    /** See {@link org.unplug.block.Disks#insert}. */
    public FilterRegistration insert(
            Owner owner, String name, String filterName, Function<DiskHandle, DiskDriver> filter) {
        Gendisk disk = existing(name);
        return inserted(
                disk,
                filterName,
                disk.layers()
                        .insert(new Layers.Plan(
                                owner,
                                filterName,
                                null,
                                Filters.Publisher.NOBODY,
                                (below, limits) -> new Layers.Made(filter.apply(below), limits))));
    }

    /** What was inserted, or an IllegalStateException if that is null. */
    FilterRegistration inserted(Gendisk disk, String filterName, FilterRegistration inserted) {
        if (inserted == null) {
            throw new IllegalStateException(
                    filterName + " cannot be put into " + disk + ": its requests did not end in time, or it is going");
        }
        return inserted;
    }

    List<Gendisk> all() {
        synchronized (disks) {
            return new ArrayList<>(disks.values());
        }
    }

    /** See {@link org.unplug.block.Disks#list}. */
    public List<DiskStatus> list() {
        return all().stream().map(Gendisk::status).toList();
    }

    /** See {@link org.unplug.block.DiskControl#leaks}. */
    public List<Leak> leaked() {
        List<Leak> found = new ArrayList<>();
        leaks.lost().forEach(held -> found.add(new Leak(Leak.Kind.LOST, held)));
        for (Gendisk disk : all()) {
            if (disk.state() == DiskState.DEAD) {
                disk.holders().forEach(held -> found.add(new Leak(Leak.Kind.LATE, held)));
            }
        }
        return found;
    }

    /** Takes the uppermost filter of that name out of a disk's queue; see {@link org.unplug.block.DiskControl#remove}. */
    public boolean takeOut(String name, String filter) {
        return existing(name).layers().takeOut(filter);
    }

    /** A bundle has stopped without putting what it got. */
    public void putAllBy(Owner owner) {
        all().forEach(disk -> disk.putBy(owner));
    }

    /** See {@link org.unplug.block.Disks#rescan}. */
    public void rescan(String name) {
        Gendisk disk = find(name);
        if (disk != null && !disk.isPart()) {
            partitions.lookAgain(disk);
        }
    }

    /** Removes every disk, orderly, all at once; adding fails from now on. */
    @Override
    public void close() {
        List<Gendisk> left;
        synchronized (disks) {
            closed = true;
            left = new ArrayList<>(disks.values());
        }
        Errands removals = new Errands(clockwork);
        long longestMs = 0;
        for (Gendisk disk : left) {
            DiskSpec.Timeouts bounds = disk.spec().timeouts();
            longestMs = Math.max(longestMs, bounds.syncMs() + bounds.drainMs());
            removals.send("removal of " + disk.info().name(), () -> disk.remove(Removal.ORDERLY));
        }
        removals.await(clockwork.nanoTime() + (longestMs + 1000) * 1_000_000, () -> false);
        removals.laggards().forEach(events::fault);
        leaks.close();
    }
}
