package org.unplug.fs.internal.exfat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.List;
import org.unplug.fs.CheckReport;
import org.unplug.fs.CheckReport.Finding;
import org.unplug.fs.internal.cluster.Clusters;
import org.unplug.fs.internal.cluster.Directory;
import org.unplug.fs.internal.cluster.Layout;
import org.unplug.fs.internal.cluster.NameRules;
import org.unplug.fs.internal.cluster.Node;
import org.unplug.fs.internal.cluster.Run;
import org.unplug.fs.internal.cluster.Twins;
import org.unplug.fs.spi.Volume;
import org.unplug.fs.spi.Volume.Stage;

/**
 * Checks an exFAT volume that is not mounted, and repairs it if asked: as the check of FAT, all directories are walked from the
 * root, the first name that comes to a cluster has it, a size that its clusters do not bear is cut, a set of entries that is not
 * whole goes. The bitmap then becomes what the names say. Names are repaired before the bitmap, and that before the dirty mark.
 */
final class ExfatChecker {
    private static final int SLOT = Directory.SLOT;

    private final Volume volume;
    private final ExfatLayout layout;
    private final ExfatClusters table;
    private final ExfatTime time = new ExfatTime(ZoneOffset.UTC);
    private final boolean repair;
    private final List<Finding> findings = new ArrayList<>();
    private final BitSet owned = new BitSet();
    private final Twins twins;
    private final ArrayDeque<Listing> unread = new ArrayDeque<>();
    private Upcase upcase;
    private long files;
    private long directories;

    /** A directory that is to be read: where its clusters are. */
    private record Listing(String path, List<Integer> clusters) {}

    /** A name in a directory: where its entries begin. */
    private record Name(Listing listing, int slot, ByteBuffer set) {
        String path() {
            return listing.path() + "/" + EntrySet.name(set);
        }
    }

    ExfatChecker(Volume volume, boolean repair) throws IOException {
        this.volume = volume;
        this.repair = repair;
        twins = new Twins(findings, repair);
        layout = ExfatLayout.read(volume);
        table = new ExfatClusters(volume, layout);
    }

    CheckReport run() throws IOException {
        ExfatRoot root = new ExfatRoot(volume, layout, table);
        upcase = root.upcase();
        checkBoot();
        own("bitmap", root.bitmapCluster(), root.bitmapClusters(), false);
        own("up-case table", root.upcaseCluster(), root.upcaseClusters(), false);
        unread.add(new Listing("", own("/", layout.rootCluster(), Integer.MAX_VALUE, false)));
        while (!unread.isEmpty()) {
            read(unread.remove());
        }
        finish(Stage.NAMES);
        table.begin(root.bitmapCluster());
        compareBitmap();
        finish(Stage.MAP);
        int flags = volume.getByte(ExfatLayout.FLAGS_OFFSET);
        if ((flags & ExfatLayout.DIRTY) != 0) {
            residue("", "it was not unmounted orderly");
            put(ExfatLayout.FLAGS_OFFSET, ByteBuffer.wrap(new byte[] {(byte) (flags & ~ExfatLayout.DIRTY)}));
        }
        finish(Stage.NAMES);
        return new CheckReport(volume.disk().name(), layout.variant(), files, directories, findings);
    }

    private void residue(String where, String what) {
        findings.add(new Finding(CheckReport.Kind.RESIDUE, where, what, repair));
    }

    private void damage(String where, String what) {
        findings.add(new Finding(CheckReport.Kind.DAMAGE, where, what, repair));
    }

    private void finish(Stage stage) throws IOException {
        if (repair) {
            volume.makeDurable(EnumSet.of(stage));
        }
    }

    private void put(long offset, ByteBuffer bytes) throws IOException {
        if (repair) {
            volume.write(offset, bytes, Stage.NAMES, false, volume.errors());
        }
    }

    private void checkBoot() throws IOException {
        ByteBuffer region = ByteBuffer.allocate(ExfatLayout.SUMMED_SECTORS * layout.sectorBytes());
        volume.read(0, region);
        int sum = ExfatLayout.checksum(0, region.flip(), true);
        ByteBuffer sums = ByteBuffer.allocate(layout.sectorBytes()).order(ByteOrder.LITTLE_ENDIAN);
        boolean wrong = false;
        for (int at = 0; at < layout.sectorBytes(); at += 4) {
            wrong |= volume.getInt(region.limit() + at) != sum;
            sums.putInt(at, sum);
        }
        if (wrong) {
            damage("", "the checksum of the boot region is wrong: it is written anew");
            put(region.limit(), sums);
        }
    }

    /** The clusters of a chain that nobody else has, up to a number; they are owned from now on. */
    private List<Integer> own(String path, int first, int most, boolean contiguous) throws IOException {
        List<Integer> clusters = new ArrayList<>();
        int cluster = first;
        while (cluster != Clusters.END && clusters.size() < most) {
            if (!layout.holds(cluster) || owned.get(cluster)) {
                damage(
                        path,
                        "its clusters lead to " + (layout.holds(cluster) ? "another's" : "none that exists")
                                + ", number " + Integer.toUnsignedString(cluster) + ": it ends before");
                if (!contiguous && !clusters.isEmpty()) {
                    endAt(clusters.get(clusters.size() - 1));
                }
                return clusters;
            }
            owned.set(cluster);
            clusters.add(cluster);
            cluster = contiguous ? cluster + 1 : next(cluster);
        }
        if (!contiguous && cluster != Clusters.END && !clusters.isEmpty()) {
            residue(path, "its chain is longer than its size: the rest goes");
            endAt(clusters.get(clusters.size() - 1));
        }
        return clusters;
    }

    private int next(int cluster) throws IOException {
        int entry = volume.getInt(layout.fatOffset() + cluster * 4L);
        return entry == -1 ? Clusters.END : entry;
    }

    private long offset(Listing listing, int slot) {
        int perCluster = layout.clusterBytes() / SLOT;
        return layout.offset(listing.clusters().get(slot / perCluster)) + (long) (slot % perCluster) * SLOT;
    }

    private int type(Listing listing, int slot) throws IOException {
        return volume.getByte(offset(listing, slot));
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
        int slots = listing.clusters().size() * (layout.clusterBytes() / SLOT);
        for (int slot = 0; slot < slots; ) {
            int type = type(listing, slot);
            if (type == 0) {
                return;
            }
            if (type != EntrySet.FILE) {
                boolean stray = (type & EntrySet.IN_USE) != 0 && (type & EntrySet.SECONDARY) != 0;
                if (stray) {
                    residue(listing.path() + "/", "an entry at slot " + slot + " belongs to no file: it goes");
                    delete(listing, slot, slot + 1);
                }
                slot++;
                continue;
            }
            int count = 1 + volume.getByte(offset(listing, slot) + 1);
            int end = slot + 1;
            while (end < Math.min(slots, slot + count) && (type(listing, end) & 0xC0) == 0xC0) {
                end++;
            }
            ByteBuffer set = set(listing, slot, end);
            if (end - slot < count || count < 3 || !EntrySet.isWhole(set)) {
                residue(listing.path() + "/", "the entries at slot " + slot + " are not whole: they go");
                delete(listing, slot, end);
            } else {
                Name name = new Name(listing, slot, set);
                if (!NameRules.isReachable(EntrySet.name(set)) || check(name, name.path()) == Twins.Met.NAMESAKE) {
                    misnamed.add(name);
                }
            }
            slot = end;
        }
    }

    private ByteBuffer set(Listing listing, int from, int to) throws IOException {
        ByteBuffer set = ByteBuffer.allocate((to - from) * SLOT).order(ByteOrder.LITTLE_ENDIAN);
        for (int slot = from; slot < to; slot++) {
            volume.read(offset(listing, slot), set.limit((slot - from + 1) * SLOT));
        }
        return set.flip();
    }

    private void delete(Listing listing, int from, int to) throws IOException {
        for (int slot = from; slot < to; slot++) {
            int type = type(listing, slot);
            put(offset(listing, slot), ByteBuffer.wrap(new byte[] {(byte) (type & ~EntrySet.IN_USE)}));
        }
    }

    /** The entries stay as many as they are. */
    private void rename(Name name) throws IOException {
        ByteBuffer set = name.set();
        String was = EntrySet.name(set);
        String path = name.path();
        String nearest = NameRules.reachable(was);
        String other = nearest;
        while (twins.isTaken(upcase.fold(other))) {
            other = NameRules.withTail(nearest, twins.tail(), EntrySet.mostCharacters(set));
        }
        EntrySet.rename(set, other, upcase.hash(other));
        twins.renamed(path, was, other);
        for (int i = 0; i < set.limit() / SLOT; i++) {
            put(offset(name.listing(), name.slot() + i), set.slice(i * SLOT, SLOT));
        }
        check(name, repair ? name.path() : path);
    }

    private Twins.Met check(Name name, String path) throws IOException {
        Listing listing = name.listing();
        int slot = name.slot();
        ByteBuffer set = name.set();
        Node.State state = EntrySet.state(set, time);
        boolean directory = (state.attributes() & Node.DIRECTORY) != 0;
        int behind = slot + set.limit() / SLOT;
        Twins.Entry entry = new Twins.Entry(
                List.of(upcase.fold(EntrySet.name(set))), path, state, () -> delete(listing, slot, behind));
        Twins.Met met = twins.meet(entry);
        if (met != Twins.Met.NEW && met != Twins.Met.REPLACES) {
            return met;
        }
        files -= met == Twins.Met.REPLACES ? 1 : 0;
        long size = state.size();
        int need = layout.clustersOf(size);
        List<Integer> clusters =
                state.firstCluster() == 0 ? List.of() : own(path, state.firstCluster(), need, state.contiguous());
        long holds = (long) clusters.size() * layout.clusterBytes();
        if (directory && clusters.isEmpty()) {
            damage(path, "a directory without a cluster: it goes");
            delete(listing, slot, behind);
            return met;
        }
        if (!clusters.isEmpty() || state.firstCluster() == 0) {
            twins.add(entry);
        }
        if (size > holds) {
            damage(path, "has " + size + " bytes and clusters for " + holds + ": its size becomes that");
            int first = clusters.isEmpty() ? 0 : state.firstCluster();
            EntrySet.putState(
                    set,
                    new Node.State(
                            state.attributes(),
                            holds,
                            Math.min(holds, state.validSize()),
                            first,
                            state.contiguous(),
                            state.created(),
                            state.modified(),
                            state.accessed()),
                    time);
            for (int i = 0; i < 2; i++) {
                put(offset(listing, slot + i), set.slice(i * SLOT, SLOT));
            }
        }
        if (directory) {
            unread.add(new Listing(path, clusters));
        } else {
            files++;
        }
        return met;
    }

    /** Ends a chain. */
    private void endAt(int last) throws IOException {
        put(layout.fatOffset() + last * 4L, ByteBuffer.allocate(4).putInt(0, -1));
    }

    private void compareBitmap() throws IOException {
        long lost = 0;
        long unmarked = 0;
        int end = Layout.FIRST_CLUSTER + layout.clusters();
        for (int cluster = Layout.FIRST_CLUSTER; cluster < end; cluster++) {
            boolean free = table.isFree(cluster);
            if (free == owned.get(cluster)) {
                lost += free ? 0 : 1;
                unmarked += free ? 1 : 0;
                if (repair && free) {
                    table.take(new Run(cluster, 1));
                } else if (repair) {
                    table.give(new Run(cluster, 1));
                }
            }
        }
        if (lost > 0) {
            residue("", lost + " clusters of " + layout.clusterBytes() + " bytes belong to nobody: they become free");
        }
        if (unmarked > 0) {
            damage("", unmarked + " clusters are in use and marked free: they are marked in use");
        }
    }
}
