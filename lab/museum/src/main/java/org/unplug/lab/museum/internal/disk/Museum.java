package org.unplug.lab.museum.internal.disk;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.unplug.block.DiskInfo;
import org.unplug.block.DiskStatus;
import org.unplug.block.Disks;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskRegistration;
import org.unplug.block.spi.DiskSpec;
import org.unplug.lab.museum.internal.memory.Slab;
import org.unplug.lab.museum.internal.protocol.Era;
import org.unplug.ref.Clockwork;

/**
 * A block layer of another era, in the place of ours: the real stacks add their disks here, the real file system opens them, and
 * between the two there are the lifetime rules of the era. Whoever waits in it for something that never comes is let go when it closes.
 */
public final class Museum implements Disks, AutoCloseable {

    /** How often somebody who waits without a bound looks whether the museum closed. */
    static final long LOOK_NANOS = 1_000_000_000L;
    /** Above those of our own block layer, so that none is ever another's. */
    private static final long FIRST_EPOCH = 1L << 32;

    private static final AtomicLong EPOCHS = new AtomicLong(FIRST_EPOCH);

    private final Era era;
    private final Clockwork clockwork;
    private final Slab slab;
    private final Publisher publisher;
    private final Pace pace;
    private final Map<String, Exhibit> exhibits = new LinkedHashMap<>();
    private int looking;
    private volatile boolean closed;

    /** @param slab tells the oopses */
    public Museum(Era era, Clockwork clockwork, Slab slab, Publisher publisher, Pace pace) {
        this.era = era;
        this.clockwork = clockwork;
        this.slab = slab;
        this.publisher = publisher;
        this.pace = pace;
    }

    public Era era() {
        return era;
    }

    Clockwork clockwork() {
        return clockwork;
    }

    Slab slab() {
        return slab;
    }

    Publisher publisher() {
        return publisher;
    }

    Pace pace() {
        return pace;
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public DiskRegistration add(DiskSpec spec, DiskDriver driver) {
        Exhibit exhibit;
        synchronized (exhibits) {
            if (closed) {
                throw new IllegalStateException("the museum is closed");
            }
            exhibit = new Exhibit(this, info(spec), spec, driver);
            exhibits.put(exhibit.info().name(), exhibit);
            looking++;
        }
        exhibit.live();
        clockwork.execute("partitions of " + exhibit.info().name(), () -> {
            try {
                new PartitionScan(exhibit).run();
            } finally {
                synchronized (exhibits) {
                    looking--;
                    exhibits.notifyAll();
                }
            }
        });
        return exhibit;
    }

    private DiskInfo info(DiskSpec spec) {
        String name = null;
        int index = 0;
        while (name == null || exhibits.containsKey(name)) {
            boolean lettered = spec.naming() == DiskSpec.Naming.LETTERED;
            name = spec.prefix() + (lettered ? String.valueOf((char) ('a' + index)) : index);
            index++;
        }
        return new DiskInfo(
                name,
                index - 1,
                EPOCHS.incrementAndGet(),
                spec.capacitySectors(),
                spec.limits(),
                spec.readOnly(),
                spec.removable(),
                spec.bus(),
                "museum: " + era.id(),
                spec.model(),
                spec.serial(),
                "",
                0);
    }

    /** The number and the name go when nobody has it any more - or, in an era that does not count, with the removal. */
    void released(Exhibit exhibit) {
        synchronized (exhibits) {
            exhibits.remove(exhibit.info().name(), exhibit);
            exhibits.notifyAll();
        }
    }

    void removed(Exhibit exhibit) {
        if (!era.counts()) {
            released(exhibit);
        }
    }

    /** The disk itself while it is registered, else any other on the same bus, waited for until the deadline; null if none came. */
    Exhibit awaitFitting(Exhibit wanted, long deadlineNanos) {
        synchronized (exhibits) {
            while (!closed) {
                if (wanted.rules().isLinked()) {
                    return wanted;
                }
                for (Exhibit other : exhibits.values()) {
                    if (other.rules().isLinked()
                            && other.spec().bus().equals(wanted.spec().bus())) {
                        return other;
                    }
                }
                long left = deadlineNanos - clockwork.nanoTime();
                if (left <= 0) {
                    return null;
                }
                clockwork.await(exhibits, Math.min(left, LOOK_NANOS));
            }
            return null;
        }
    }

    /** Requests that were lost, in all disks that are there. */
    public int stranded() {
        return all().stream().mapToInt(exhibit -> exhibit.queue().stranded()).sum();
    }

    private List<Exhibit> all() {
        synchronized (exhibits) {
            return new ArrayList<>(exhibits.values());
        }
    }

    @Override
    public List<DiskStatus> list() {
        List<DiskStatus> rows = new ArrayList<>();
        for (Exhibit exhibit : all()) {
            rows.add(status(exhibit, exhibit.whole()));
            exhibit.parts().forEach(part -> rows.add(status(exhibit, part)));
        }
        return rows;
    }

    private static DiskStatus status(Exhibit exhibit, Part part) {
        int inside = exhibit.queue().inDriver();
        return new DiskStatus(
                part.info(), exhibit.state(), exhibit.handles().size(), inside, List.of(), "none", List.of());
    }

    /** Tables are read once, when a disk comes. */
    @Override
    public void rescan(String disk) {}

    @Override
    public boolean settle(long timeoutMs) {
        long deadline = clockwork.nanoTime() + timeoutMs * 1_000_000;
        synchronized (exhibits) {
            return clockwork.awaitUntil(exhibits, deadline, () -> looking == 0);
        }
    }

    /** Withdraws every disk and lets everybody go. */
    @Override
    public void close() {
        closed = true;
        synchronized (exhibits) {
            exhibits.notifyAll();
        }
        all().forEach(Exhibit::close);
    }
}
