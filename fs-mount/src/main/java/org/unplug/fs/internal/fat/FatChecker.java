package org.unplug.fs.internal.fat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.unplug.fs.CheckReport;
import org.unplug.fs.CheckReport.Finding;
import org.unplug.fs.internal.cluster.Directory;
import org.unplug.fs.internal.cluster.NameRules;
import org.unplug.fs.internal.cluster.Node;
import org.unplug.fs.internal.cluster.Twins;
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
    private final Twins twins;
    private final FatTime time = new FatTime(ZoneOffset.UTC);
    private final ArrayDeque<Listing> unread = new ArrayDeque<>();
    /** Where each directory is, by its first cluster; the same for what leads up from it. */
    private final Map<Integer, Integer> parents = new HashMap<>();

    private final Map<Integer, Up> ups = new HashMap<>();
    /** Directories that had two names. */
    private final Set<Integer> moved = new HashSet<>();
    /** Changes of the table that wait until those of names are on the disk. */
    private final Map<Integer, Integer> entries = new HashMap<>();

    private long files;
    private long directories;

    /** What leads up from a directory, and where it stands. */
    private record Up(String path, long offset) {}

    /** A directory that is to be read: where its clusters are. */
    private record Listing(String path, int first, List<Integer> clusters) {}

    /**
     * A name in a directory.
     *
     * @param longName null if it has none
     * @param firstSlot where its parts begin, if it has
     * @param slot of the short one
     */
    private record Name(Listing listing, String longName, ShortName shortName, int firstSlot, int slot) {
        String shown() {
            return longName == null ? shortName.display() : longName;
        }

        String path() {
            return listing.path() + "/" + shown();
        }

        /** What finds the file. */
        List<String> folded() {
            String alias = LongName.fold(shortName.display());
            String shown = LongName.fold(shown());
            return shown.equals(alias) ? List.of(shown) : List.of(shown, alias);
        }
    }

    FatChecker(Volume volume, Geometry geometry, boolean repair) {
        this.volume = volume;
        this.geometry = geometry;
        this.repair = repair;
        twins = new Twins(findings, repair);
        table = new FatTable(volume, geometry);
    }

    CheckReport run() throws IOException {
        boolean wasMarked = isMarked();
        if (geometry.rootSlots() > 0) {
            unread.add(new Listing("", 0, List.of()));
        } else {
            List<Integer> root = follow("/", rootCluster());
            unread.add(new Listing("", geometry.rootCluster(), root));
        }
        while (!unread.isEmpty()) {
            read(unread.remove());
        }
        checkUps();
        if (repair) {
            volume.makeDurable(EnumSet.of(Stage.NAMES));
        }
        compareCopies();
        long free = sweepTable();
        if (repair) {
            volume.makeDurable(EnumSet.of(Stage.MAP), geometry.mirrors());
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

    /** Where the root begins the table may lie about, the boot sector not. */
    private int rootCluster() throws IOException {
        int first = geometry.rootCluster();
        if (geometry.holds(first) && next(first) == 0) {
            damage("/", "its first cluster " + first + " is marked free: it is the root's again, and the only one");
            entries.put(first, table.endMark());
        }
        return first;
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
        twins.enterDirectory();
        List<Name> misnamed = new ArrayList<>();
        readEntries(listing, misnamed);
        for (Name name : misnamed) {
            rename(name);
        }
    }

    /** @param misnamed those by whose names others are found, or nobody is */
    private void readEntries(Listing listing, List<Name> misnamed) throws IOException {
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
            int dots = shortName.dots();
            if (dots > 0) {
                checkDots(listing, i, slot, dots);
            } else {
                Name name = new Name(listing, longName, shortName, partsOfName, i);
                if (!NameRules.isReachable(name.shown()) || checkEntry(name, slot, name.path()) == Twins.Met.NAMESAKE) {
                    misnamed.add(name);
                }
            }
        }
    }

    private void checkDots(Listing listing, int index, ByteBuffer slot, int dots) throws IOException {
        if (index != dots - 1 || listing.path().isEmpty()) {
            damage(listing.path() + "/", "'" + "..".substring(0, dots) + "' where none belongs: it goes");
            delete(listing, index, index + 1);
            return;
        }
        if (dots == 2) {
            ups.put(listing.first(), new Up(listing.path(), offset(listing, index)));
            return;
        }
        int cluster = Slot.cluster(slot, 0, geometry.bits());
        if (cluster != listing.first()) {
            damage(listing.path(), "'.' leads to cluster " + cluster + " instead of " + listing.first());
            setCluster(slot, listing.first());
            put(offset(listing, index), slot);
        }
    }

    /** Once it is known which name of a directory stays. */
    private void checkUps() throws IOException {
        ByteBuffer slot = ByteBuffer.allocate(Directory.SLOT).order(ByteOrder.LITTLE_ENDIAN);
        for (Map.Entry<Integer, Up> each : ups.entrySet()) {
            Up up = each.getValue();
            int parent = parents.getOrDefault(each.getKey(), 0);
            volume.read(up.offset(), slot.clear());
            int cluster = Slot.cluster(slot.flip(), 0, geometry.bits());
            if (cluster != parent) {
                String what = "'..' leads to cluster " + cluster + " instead of " + parent;
                if (moved.contains(each.getKey())) {
                    residue(up.path(), what);
                } else {
                    damage(up.path(), what);
                }
                setCluster(slot, parent);
                put(up.offset(), slot);
            }
        }
    }

    /** Its parts stay as many as they are, or become fewer. */
    private void rename(Name name) throws IOException {
        Listing listing = name.listing();
        int parts = name.slot() - name.firstSlot();
        String longName = name.longName();
        while (longName != null && twins.isTaken(LongName.fold(longName))) {
            longName = NameRules.withTail(
                    name.longName(), twins.tail(), Math.min(NameRules.MOST_CHARACTERS, parts * LongName.IN_SLOT));
        }
        ShortName nearest = name.shortName().reachable();
        ShortName shortName = nearest;
        while (shortName.isBaseEmpty() || twins.isTaken(LongName.fold(shortName.display()))) {
            shortName = nearest.withTail(twins.tail());
        }
        int firstSlot = longName == null ? name.slot() : name.slot() - LongName.slots(longName);
        Name other = new Name(listing, longName, shortName, firstSlot, name.slot());
        boolean isShown = !other.shown().equals(name.shown());
        twins.renamed(
                name.path(),
                name.shown(),
                isShown ? other.shown() : shortName.display() + " in programs that show short names");
        delete(listing, name.firstSlot(), firstSlot);
        ByteBuffer entries = ByteBuffer.allocate((name.slot() - firstSlot + 1) * Directory.SLOT)
                .order(ByteOrder.LITTLE_ENDIAN);
        if (longName != null) {
            LongName.put(entries, longName, shortName.checksum());
        }
        ByteBuffer slot = entries.slice(entries.position(), Directory.SLOT).order(ByteOrder.LITTLE_ENDIAN);
        volume.read(offset(listing, name.slot()), slot);
        Slot.putName(slot, 0, shortName);
        for (int i = firstSlot; i <= name.slot(); i++) {
            put(offset(listing, i), entries.slice((i - firstSlot) * Directory.SLOT, Directory.SLOT));
        }
        checkEntry(other, slot, repair ? other.path() : name.path());
    }

    private Twins.Met checkEntry(Name name, ByteBuffer slot, String path) throws IOException {
        Listing listing = name.listing();
        int firstSlot = name.firstSlot();
        int index = name.slot();
        boolean directory = (slot.get(11) & Node.DIRECTORY) != 0;
        int first = Slot.cluster(slot, 0, geometry.bits());
        long size = slot.getInt(28) & 0xFFFF_FFFFL;
        long at = offset(listing, index);
        Twins.Entry entry = new Twins.Entry(
                name.folded(),
                path,
                FatDirectory.state(slot, 0, geometry, time),
                () -> delete(listing, firstSlot, index + 1));
        int up = listing.path().isEmpty() ? 0 : listing.first();
        Twins.Met met = twins.meet(entry);
        if (met == Twins.Met.STAYS || met == Twins.Met.GOES) {
            if (directory) {
                moved.add(first);
                parents.computeIfPresent(first, (cluster, was) -> met == Twins.Met.STAYS ? up : was);
            }
            return met;
        }
        if (met == Twins.Met.NAMESAKE) {
            return met;
        }
        files -= met == Twins.Met.REPLACES ? 1 : 0;
        List<Integer> chain = first == 0 ? List.of() : follow(path, first);
        if (chain.isEmpty() && (directory || first != 0 || size != 0)) {
            if (directory) {
                damage(path, "a directory without a cluster: it goes");
                delete(listing, firstSlot, index + 1);
                return met;
            }
            if (first == 0) {
                damage(path, "has " + size + " bytes and no cluster: its size becomes 0");
            }
            setCluster(slot, 0);
            slot.putInt(28, 0);
            put(at, slot);
        }
        if (!chain.isEmpty() || first == 0) {
            twins.add(entry);
        }
        if (directory) {
            parents.put(first, up);
            unread.add(new Listing(path, first, chain));
            if (size != 0) {
                damage(path, "a directory with the size " + size + ": it becomes 0");
                slot.putInt(28, 0);
                put(at, slot);
            }
        } else {
            files++;
            checkSize(path, at, slot, chain);
        }
        return met;
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
            put(offset(listing, slot), ByteBuffer.wrap(new byte[] {(byte) Slot.DELETED}));
        }
    }

    /** Frees what nobody has, and writes what was decided of chains. @return how many clusters are free then */
    private long sweepTable() throws IOException {
        long free = 0;
        long lost = 0;
        int end = Geometry.FIRST_CLUSTER + geometry.clusters();
        for (int cluster = Geometry.FIRST_CLUSTER; cluster < end; cluster++) {
            table.prefetch(cluster);
            boolean taken = owned.get(cluster) || !table.isFree(cluster);
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
        volume.makeDurable(EnumSet.of(Stage.NAMES, Stage.MAP), geometry.mirrors());
    }
}
