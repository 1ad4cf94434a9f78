package org.unplug.block.internal.partition;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.unplug.block.BlockException;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.GoneException;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.Partition;
import org.unplug.block.PartitionTable;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.internal.genhd.DiskTable;
import org.unplug.block.internal.genhd.Errands;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.block.internal.genhd.Owner;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.stack.PassThrough;

/**
 * Looks new disks through for a partition table and keeps a disk for each partition. The partitions of a disk are one holder
 * of it: synced with it, they are removed orderly before it refuses; told that it died, they are orphans and pass the wave up.
 */
public final class Partitions {

    private static final long LOOK_NANOS = 1_000_000_000;

    private final DiskTable table;
    private final Owner owner = Owner.itself();
    private final Map<Gendisk, Table> tables = new HashMap<>();
    private final Set<Gendisk> scanning = new HashSet<>();
    private int looking;

    public Partitions(DiskTable table) {
        this.table = table;
    }

    /** The partitions of one disk, as a holder of it. */
    private final class Table implements Holder {
        private final Gendisk disk;
        private final DiskHandle below;
        private final List<Gendisk> parts = new ArrayList<>();
        private boolean closed;

        Table(Gendisk disk) throws IOException {
            this.disk = disk;
            this.below = disk.open(owner, this, disk.info().readOnly() ? OpenMode.READ : OpenMode.WRITE);
        }

        @Override
        public String holderName() {
            return "partitions of " + disk.info().name();
        }

        /** Removes every partition while the disk still answers. */
        @Override
        public void sync(long timeoutMs) throws IOException {
            List<String> faults = removeAll(Removal.ORDERLY, timeoutMs);
            if (!faults.isEmpty()) {
                throw new IOException(String.join("; ", faults));
            }
        }

        @Override
        public void markDead(Removal kind) {
            close().forEach(Gendisk::markDead);
            removeAll(Removal.SURPRISE, disk.spec().timeouts().drainMs());
        }

        private synchronized List<Gendisk> close() {
            closed = true;
            return List.copyOf(parts);
        }

        /** Removes them all at once, so that a slow holder of one does not use up the others' time. */
        private List<String> removeAll(Removal kind, long timeoutMs) {
            List<String> faults = new ArrayList<>();
            Errands removals = new Errands(table.clockwork());
            for (Gendisk part : close()) {
                removals.send("removal of " + part.info().name(), () -> {
                    RemovalReport report = part.remove(kind);
                    if (kind == Removal.ORDERLY && !report.synced()) {
                        synchronized (faults) {
                            faults.add(part.info().name() + " was not synced");
                        }
                    }
                });
            }
            removals.await(table.clockwork().nanoTime() + timeoutMs * 1_000_000, () -> false);
            below.close();
            synchronized (tables) {
                tables.remove(disk, this);
            }
            synchronized (faults) {
                faults.addAll(removals.laggards());
                return List.copyOf(faults);
            }
        }

        /** Not under the monitor: listeners of the new service run in here, and removal must not wait for them. */
        private boolean add(Partition entry) {
            if (isClosed()) {
                return false;
            }
            DiskSpec spec = partSpec(disk, entry);
            DiskDriver driver = new PassThrough(below, entry.startSector(), table.clockwork());
            Gendisk part = table.addPart(owner, spec, driver, disk, entry.number(), entry.startSector());
            synchronized (this) {
                if (!closed) {
                    parts.add(part);
                    return true;
                }
            }
            // The removal did not see this one.
            part.remove(Removal.SURPRISE);
            return false;
        }

        /**
         * Has all partitions refuse to be opened, so that they can be taken away from under nobody.
         *
         * @return what is in use by whom, and nothing is reserved; null if they are
         */
        String reserve() {
            List<Gendisk> all;
            synchronized (this) {
                all = List.copyOf(parts);
            }
            for (int i = 0; i < all.size(); i++) {
                String user = all.get(i).reserve();
                if (user != null) {
                    all.subList(0, i).forEach(Gendisk::unreserve);
                    return all.get(i).info().name() + " is in use by " + user;
                }
            }
            return null;
        }

        private synchronized boolean isClosed() {
            return closed;
        }
    }

    private static DiskSpec partSpec(Gendisk disk, Partition entry) {
        DiskSpec whole = disk.spec();
        return new DiskSpec(
                whole.prefix(),
                whole.naming(),
                entry.sectors(),
                whole.limits(),
                whole.readOnly(),
                whole.removable(),
                whole.bus(),
                whole.model(),
                whole.serial(),
                whole.timeouts());
    }

    /** Looks a disk through soon, on another thread. */
    public void look(Gendisk disk) {
        synchronized (tables) {
            looking++;
        }
        table.clockwork().execute("partitions of " + disk.info().name(), () -> {
            try {
                scan(disk);
            } finally {
                synchronized (tables) {
                    looking--;
                    tables.notifyAll();
                }
            }
        });
    }

    /**
     * Removes the partitions that are there, and looks the disk through again.
     *
     * @throws IllegalStateException if one is in use
     */
    public void lookAgain(Gendisk disk) {
        Table old;
        synchronized (tables) {
            old = tables.get(disk);
        }
        if (old != null) {
            String user = old.reserve();
            if (user != null) {
                throw new IllegalStateException("rescan of " + disk.info().name() + ": " + user);
            }
            old.removeAll(Removal.ORDERLY, disk.spec().timeouts().syncMs());
        }
        scan(disk);
    }

    /** Waits until every look that was asked for is over. */
    public boolean settle(long timeoutMs) {
        long deadline = table.clockwork().nanoTime() + timeoutMs * 1_000_000;
        synchronized (tables) {
            return table.clockwork().awaitUntil(tables, deadline, () -> looking == 0);
        }
    }

    /** One look at a disk at a time. Bounded because the look's read is. */
    private void scan(Gendisk disk) {
        synchronized (tables) {
            while (!scanning.add(disk)) {
                table.clockwork().await(tables, LOOK_NANOS);
            }
        }
        try {
            lookThrough(disk);
        } finally {
            synchronized (tables) {
                scanning.remove(disk);
                tables.notifyAll();
            }
        }
    }

    private void lookThrough(Gendisk disk) {
        try {
            PartitionTable found = read(disk);
            if (found == null) {
                return;
            }
            Table parts = new Table(disk);
            synchronized (tables) {
                tables.put(disk, parts);
            }
            for (Partition entry : found.partitions()) {
                if (!entry.isExtended() && !parts.add(entry)) {
                    break;
                }
            }
        } catch (GoneException gone) {
            // Removed while we looked: there is nothing to find any more.
            return;
        } catch (IOException | RuntimeException e) {
            table.events().fault("no partitions of " + disk.info().name() + ": " + e.getMessage());
        }
    }

    /** What the disk says of its partitions; null if there is no table. */
    public PartitionTable read(Gendisk disk) throws IOException {
        try (DiskHandle handle = disk.open(owner, Holder.named("partition look-up"), OpenMode.READ)) {
            Blocks blocks = new Blocks(handle);
            return switch (Mbr.kind(blocks.read(0, 1))) {
                case NONE -> null;
                case DOS -> Mbr.read(blocks);
                case GPT -> readGpt(blocks, disk);
            };
        }
    }

    private PartitionTable readGpt(Blocks blocks, Gendisk disk) throws IOException {
        Gpt.Found found = Gpt.read(blocks);
        if (found.fault() != null) {
            table.events().fault(disk.info().name() + ": " + found.fault());
        }
        return found.table();
    }

    /** Writes a table while nobody uses the disk, and looks it through. */
    public void write(Gendisk disk, PartitionTable wanted) throws IOException {
        Table old;
        synchronized (tables) {
            old = tables.get(disk);
        }
        // First the claim, so that nothing is taken away from a disk that is in use.
        try (DiskHandle handle = disk.open(owner, Holder.named("partition editor"), OpenMode.EXCLUSIVE)) {
            String user = old == null ? null : old.reserve();
            if (user != null) {
                throw new BlockException(
                        BlockStatus.AGAIN, "partitioning of " + disk.info().name() + ": " + user);
            }
            if (old != null) {
                old.removeAll(Removal.ORDERLY, disk.spec().timeouts().syncMs());
            }
            Blocks blocks = new Blocks(handle);
            switch (wanted.kind()) {
                case PartitionTable.DOS -> Mbr.write(blocks, wanted);
                case PartitionTable.GPT -> Gpt.write(blocks, wanted);
                default ->
                    throw new IllegalArgumentException(
                            "partition table of kind " + wanted.kind() + ": must be dos or gpt");
            }
        } finally {
            scan(disk);
        }
    }
}
