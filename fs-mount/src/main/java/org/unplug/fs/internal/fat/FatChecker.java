package org.unplug.fs.internal.fat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.unplug.fs.CheckReport;
import org.unplug.fs.CheckReport.Finding;
import org.unplug.fs.internal.cluster.Directory;
import org.unplug.fs.internal.cluster.Node;
import org.unplug.fs.spi.Volume;
import org.unplug.fs.spi.Volume.Stage;

/**
 * Checks a FAT volume that is not mounted, and repairs it if asked.
 *
 * <p><b>Theory of operation.</b> All directories are walked from the root, and every chain that a name leads to is followed; the first
 * name that comes to a cluster has it. A chain that leads to a free, bad or missing cluster or to somebody else's ends before it; a
 * size that the chain does not bear is cut, a chain that the size does not need too. What no name leads to is freed. Repairs of
 * names reach the disk before those of the table, and these before the marks, so that a cut in between leaves no more to repair
 * than there was.
 */
final class FatChecker {
    private static final int CLEARED = 0;

    private final Volume volume;
    private final Geometry geometry;
    private final FatTable table;
    private final boolean repair;
    private final List<Finding> findings = new ArrayList<>();
    private final BitSet owned = new BitSet();
    private final Map<Integer, Entry> byStart = new HashMap<>();
    private final ArrayDeque<Listing> unread = new ArrayDeque<>();
    /** Changes of the table that wait until those of names are on the disk. */
    private final Map<Integer, Integer> entries = new HashMap<>();

    private long files;
    private long directories;

    /** An entry with a chain: where it stands, and when it was made, as it stands there. */
    private record Entry(String path, long offset, boolean directory, long created) {}

    /** A directory that is to be read: where its clusters are. */
    private record Listing(String path, int first, int parent, List<Integer> clusters) {}

    FatChecker(Volume volume, Geometry geometry, boolean repair) {
        this.volume = volume;
        this.geometry = geometry;
        this.repair = repair;
        table = new FatTable(volume, geometry);
    }

    CheckReport run() throws IOException {
        boolean wasMarked = isMarked();
        if (geometry.rootSlots() > 0) {
            unread.add(new Listing("", 0, 0, List.of()));
        } else {
            List<Integer> root = follow("/", geometry.rootCluster());
            unread.add(new Listing("", geometry.rootCluster(), 0, root));
        }
        while (!unread.isEmpty()) {
            read(unread.remove());
        }
        if (repair) {
            volume.writeBack(Stage.NAMES);
            volume.flush();
        }
        compareCopies();
        long free = sweepTable();
        if (repair) {
            volume.writeBack(Stage.MAP, geometry.mirrors());
            volume.flush();
        }
        checkInfo(free);
        unmark(wasMarked);
        return new CheckReport(volume.disk().name(), geometry.variant(), files, directories, findings);
    }

    private void residue(String where, String what) {
        findings.add(new Finding(CheckReport.Kind.RESIDUE, where, what, repair));
    }

    private void damage(String where, String what) {
        findings.add(new Finding(CheckReport.Kind.DAMAGE, where, what, repair));
    }

    private boolean isMarked() throws IOException {
        return (volume.getByte(geometry.stateOffset()) & 1) != 0 || !table.isMarkedClean();
    }

    private int next(int cluster) throws IOException {
        Integer changed = entries.get(cluster);
        return changed != null ? changed : table.entry(cluster);
    }

    /** The clusters from one on that nobody else has and that are chained; they are owned from now on. */
    private List<Integer> follow(String path, int first) throws IOException {
        List<Integer> chain = new ArrayList<>();
        int cluster = first;
        while (!table.isEnd(cluster)) {
            String wrong = !geometry.holds(cluster)
                    ? "leads to cluster " + Integer.toHexString(cluster) + ", which does not exist"
                    : owned.get(cluster)
                            ? "leads to cluster " + cluster + " of another chain"
                            : next(cluster) == 0 ? "leads to the free cluster " + cluster : null;
            if (wrong != null) {
                damage(path, "its chain " + wrong + ": it ends before");
                end(chain);
                return chain;
            }
            owned.set(cluster);
            chain.add(cluster);
            cluster = next(cluster);
        }
        return chain;
    }

    private void end(List<Integer> chain) {
        if (!chain.isEmpty()) {
            entries.put(chain.get(chain.size() - 1), table.endMark());
        }
    }

    private long offset(Listing listing, int slot) {
        if (listing.clusters().isEmpty()) {
            return geometry.rootOffset() + (long) slot * Directory.SLOT;
        }
        int perCluster = geometry.clusterBytes() / Directory.SLOT;
        return geometry.offset(listing.clusters().get(slot / perCluster)) + (long) (slot % perCluster) * Directory.SLOT;
    }

    private void read(Listing listing) throws IOException {
        directories++;
        int slots = listing.clusters().isEmpty()
                ? geometry.rootSlots()
                : listing.clusters().size() * (geometry.clusterBytes() / Directory.SLOT);
        LongName.Parts parts = new LongName.Parts();
        int firstPart = -1;
        ByteBuffer slot = ByteBuffer.allocate(Directory.SLOT).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < slots; i++) {
            volume.read(offset(listing, i), slot.clear());
            slot.flip();
            int mark = slot.get(0) & 0xFF;
            int attributes = slot.get(11) & 0xFF;
            if (Slot.isLongName(attributes) && mark != 0 && mark != Slot.DELETED) {
                firstPart = firstPart < 0 ? i : firstPart;
                parts.add(slot, 0, i);
                continue;
            }
            ShortName shortName = Slot.name(slot, 0);
            String longName = mark == 0 || mark == Slot.DELETED ? null : parts.take(shortName);
            int partsOfName = longName == null ? i : parts.firstSlot();
            if (firstPart >= 0 && firstPart < partsOfName) {
                residue(listing.path() + "/", "a part of a long name belongs to no file: it goes");
                delete(listing, firstPart, partsOfName);
            }
            parts.clear();
            firstPart = -1;
            if (mark == 0) {
                return;
            }
            if (mark == Slot.DELETED || (attributes & Slot.LABEL) != 0) {
                continue;
            }
            if (mark == '.') {
                checkDot(listing, i, slot);
            } else {
                String name = longName == null ? shortName.display() : longName;
                checkEntry(listing, partsOfName, i, slot, listing.path() + "/" + name);
            }
        }
    }

    private void checkDot(Listing listing, int index, ByteBuffer slot) throws IOException {
        int expected = slot.get(1) == '.' ? listing.parent() : listing.first();
        int cluster = Slot.cluster(slot, 0, geometry.bits());
        if (cluster != expected && index < 2 && listing.first() != 0) {
            damage(
                    listing.path(),
                    "'" + (slot.get(1) == '.' ? ".." : ".") + "' leads to cluster " + cluster + " instead of "
                            + expected);
            setCluster(slot, expected);
            put(offset(listing, index), slot);
        }
    }

    private void checkEntry(Listing listing, int firstSlot, int index, ByteBuffer slot, String path)
            throws IOException {
        boolean directory = (slot.get(11) & Node.DIRECTORY) != 0;
        int first = Slot.cluster(slot, 0, geometry.bits());
        long size = slot.getInt(28) & 0xFFFF_FFFFL;
        long at = offset(listing, index);
        long created = (slot.getShort(16) & 0xFFFFL) << 32 | (slot.getShort(14) & 0xFFFFL) << 16 | slot.get(13) & 0xFF;
        Entry twin = first == 0 ? null : byStart.get(first);
        if (twin != null && twin.directory() == directory) {
            boolean newer = created > twin.created();
            residue(path, "is the same file as " + twin.path() + ": the older name goes");
            if (!newer) {
                delete(listing, firstSlot, index + 1);
                return;
            }
            // The long name of the older one, if any, belongs to no file then; the next check takes it away.
            deleteAt(twin.offset());
            byStart.put(first, new Entry(path, at, directory, created));
            return;
        }
        List<Integer> chain = first == 0 ? List.of() : follow(path, first);
        if (chain.isEmpty() && (directory || first != 0 || size != 0)) {
            if (directory) {
                damage(path, "a directory without a cluster: it goes");
                delete(listing, firstSlot, index + 1);
                return;
            }
            if (first == 0) {
                damage(path, "has " + size + " bytes and no cluster: its size becomes 0");
            }
            setCluster(slot, 0);
            slot.putInt(28, 0);
            put(at, slot);
        }
        if (!chain.isEmpty()) {
            byStart.put(first, new Entry(path, at, directory, created));
        }
        if (directory) {
            int up = listing.path().isEmpty() ? 0 : listing.first();
            unread.add(new Listing(path, first, up, chain));
            if (size != 0) {
                damage(path, "a directory with the size " + size + ": it becomes 0");
                slot.putInt(28, 0);
                put(at, slot);
            }
        } else {
            files++;
            checkSize(path, at, slot, chain);
        }
    }

    private void checkSize(String path, long at, ByteBuffer slot, List<Integer> chain) throws IOException {
        long size = slot.getInt(28) & 0xFFFF_FFFFL;
        long holds = (long) chain.size() * geometry.clusterBytes();
        int need = geometry.clustersOf(size);
        if (size > holds) {
            damage(path, "has " + size + " bytes and clusters for " + holds + ": its size becomes that");
            slot.putInt(28, (int) holds);
            put(at, slot);
        } else if (need < chain.size()) {
            residue(
                    path,
                    "has " + size + " bytes and " + chain.size() + " clusters, " + need + " are needed: the others go");
            chain.subList(need, chain.size()).forEach(owned::clear);
            end(chain.subList(0, need));
            if (need == 0) {
                setCluster(slot, 0);
                put(at, slot);
            }
        }
    }

    private void setCluster(ByteBuffer slot, int cluster) {
        if (geometry.bits() == 32) {
            slot.putShort(20, (short) (cluster >>> 16));
        }
        slot.putShort(26, (short) cluster);
    }

    private void put(long offset, ByteBuffer slot) throws IOException {
        if (repair) {
            volume.write(offset, slot.duplicate().position(0), Stage.NAMES, false, volume.errors());
        }
    }

    private void delete(Listing listing, int from, int to) throws IOException {
        for (int slot = from; slot < to; slot++) {
            deleteAt(offset(listing, slot));
        }
    }

    private void deleteAt(long offset) throws IOException {
        put(offset, ByteBuffer.wrap(new byte[] {(byte) Slot.DELETED}));
    }

    /** Frees what nobody has, and writes what was decided of chains. @return how many clusters are free then */
    private long sweepTable() throws IOException {
        long free = 0;
        long lost = 0;
        int end = Geometry.FIRST_CLUSTER + geometry.clusters();
        for (int cluster = Geometry.FIRST_CLUSTER; cluster < end; cluster++) {
            table.prefetch(cluster);
            boolean taken = !table.isFree(cluster);
            if (taken && !owned.get(cluster) && !table.isBad(table.entry(cluster))) {
                lost++;
                entries.put(cluster, CLEARED);
                taken = false;
            }
            free += taken ? 0 : 1;
        }
        if (lost > 0) {
            residue("", lost + " clusters of " + geometry.clusterBytes() + " bytes belong to nobody: they become free");
        }
        if (repair) {
            for (Map.Entry<Integer, Integer> entry : entries.entrySet()) {
                table.set(entry.getKey(), entry.getValue());
            }
        }
        return repair ? free : free - lost;
    }

    /** Tables that are copies are equal. Before the first change of the table, which reaches its copies by itself. */
    private void compareCopies() throws IOException {
        ByteBuffer one = ByteBuffer.allocate(4096);
        ByteBuffer other = ByteBuffer.allocate(4096);
        long used = Math.min(geometry.fatBytes(), ((geometry.clusters() + 2L) * geometry.bits() + 7) / 8);
        for (long distance : geometry.mirrors()) {
            boolean differs = false;
            for (long at = 0; at < used; at += one.capacity()) {
                int n = (int) Math.min(one.capacity(), used - at);
                volume.read(geometry.fatOffset() + at, one.clear().limit(n));
                volume.read(geometry.fatOffset() + distance + at, other.clear().limit(n));
                if (!one.flip().equals(other.flip())) {
                    differs = true;
                    if (repair) {
                        volume.write(geometry.fatOffset() + distance + at, one, Stage.DATA, false, volume.errors());
                    }
                }
            }
            if (differs) {
                residue("", "a copy of the table differs: it becomes equal");
            }
        }
        if (repair) {
            volume.writeBack(Stage.DATA);
        }
    }

    private void checkInfo(long free) throws IOException {
        if (geometry.infoOffset() < 0 || volume.getInt(geometry.infoOffset()) != 0x41615252) {
            return;
        }
        int said = volume.getInt(geometry.infoOffset() + 488);
        if (said != -1 && said != free) {
            residue("", "FSInfo says that " + said + " clusters are free, " + free + " are");
            if (repair) {
                ByteBuffer number = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
                number.putInt(0, (int) free);
                volume.write(geometry.infoOffset() + 488, number, Stage.NAMES, false, volume.errors());
            }
        }
    }

    private void unmark(boolean wasMarked) throws IOException {
        if (wasMarked) {
            residue("", "it was not unmounted orderly");
        }
        if (!repair) {
            return;
        }
        if (wasMarked) {
            int state = volume.getByte(geometry.stateOffset());
            ByteBuffer one = ByteBuffer.wrap(new byte[] {(byte) (state & ~1)});
            volume.write(geometry.stateOffset(), one, Stage.NAMES, false, volume.errors());
            table.markClean(true);
        }
        volume.writeBack(Stage.NAMES);
        volume.writeBack(Stage.MAP, geometry.mirrors());
        volume.flush();
    }
}
