package org.unplug.fs.internal.fat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import org.unplug.fs.spi.Volume;
import org.unplug.fs.spi.Volume.Stage;

/**
 * The file allocation table. Allocation is written at once into the cache (stage MAP); freeing waits until the names that
 * referred to the clusters are gone from the disk, see {@link #applyFrees}: until then nobody else gets them, so that a cut
 * never leaves two owners of one cluster.
 *
 * <p>Changes need the super block's lock for writing. Entries may be read without: an entry of a chain is changed only by the
 * owner of the chain.
 */
final class FatTable {
    /** The end of a chain, as {@link #next} says it. */
    static final int END = -1;
    /** A cluster that belongs to nobody. */
    static final int FREE = 0;

    private static final int WINDOW = 2048;
    private static final int FREES_AT_ONCE = 1 << 20;

    private final Volume volume;
    private final Geometry geometry;
    private final int mask;
    private final int endMark;
    private final ByteBuffer small = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
    private final ByteBuffer window = ByteBuffer.allocate(WINDOW * 4).order(ByteOrder.LITTLE_ENDIAN);
    private int windowFirst = -1;
    private final List<Run> pendingFrees = new ArrayList<>();
    private final TreeSet<Integer> pendingCuts = new TreeSet<>();
    private final TreeMap<Integer, Integer> reserved = new TreeMap<>();
    private long pending;
    private int hint = Geometry.FIRST_CLUSTER;
    private final AtomicLong free = new AtomicLong();

    /** Neighbouring clusters. */
    record Run(int first, int length) {
        int end() {
            return first + length;
        }
    }

    FatTable(Volume volume, Geometry geometry) {
        this.volume = volume;
        this.geometry = geometry;
        mask = geometry.bits() == 32 ? 0x0FFF_FFFF : (1 << geometry.bits()) - 1;
        endMark = mask;
    }

    /** Sets what is known of free clusters, or counts if a number is not plausible. */
    void begin(long knownFree, int knownHint) throws IOException {
        free.set(knownFree >= 0 && knownFree <= geometry.clusters() ? knownFree : countFree());
        if (geometry.holds(knownHint)) {
            hint = knownHint;
        }
    }

    private long countFree() throws IOException {
        long count = 0;
        int end = Geometry.FIRST_CLUSTER + geometry.clusters();
        for (int cluster = Geometry.FIRST_CLUSTER; cluster < end; cluster++) {
            if ((cluster - Geometry.FIRST_CLUSTER) % (8 * WINDOW) == 0) {
                volume.readAhead(entryOffset(cluster), 16L * WINDOW * geometry.bits() / 8);
            }
            if (windowed(cluster) == FREE) {
                count++;
            }
        }
        return count;
    }

    /** Clusters that are free or will be when the pending frees are applied. Any thread. */
    long free() {
        return free.get();
    }

    /** Clusters that can be had now. */
    long allocatable() {
        return free.get() - pending;
    }

    int hint() {
        return hint;
    }

    private long entryOffset(int cluster) {
        return geometry.fatOffset()
                + (geometry.bits() == 12 ? cluster + cluster / 2L : (long) cluster * geometry.bits() / 8);
    }

    /** The raw entry, without FAT32's four reserved bits. Any thread. */
    int entry(int cluster) throws IOException {
        long at = entryOffset(cluster);
        return switch (geometry.bits()) {
            case 12 -> volume.getShort(at) >>> (cluster & 1) * 4 & mask;
            case 16 -> volume.getShort(at);
            default -> volume.getInt(at) & mask;
        };
    }

    /**
     * The cluster after one, or {@link #END}. Any thread.
     *
     * @throws FileSystemException if the chain leads to a free, bad or missing cluster
     */
    int next(int cluster) throws IOException {
        int entry = entry(cluster);
        if (entry >= (mask & ~7)) {
            return END;
        }
        if (!geometry.holds(entry)) {
            throw Geometry.damaged(
                    volume.disk().name(), "cluster " + cluster + " leads to cluster " + Integer.toHexString(entry));
        }
        return entry;
    }

    /** As {@link #entry}, through a window of its own for scans; needs the lock for writing, or nobody else yet. */
    private int windowed(int cluster) throws IOException {
        if (geometry.bits() == 12) {
            return entry(cluster);
        }
        int bytes = geometry.bits() / 8;
        int perWindow = WINDOW * 4 / bytes;
        int first = cluster - cluster % perWindow;
        if (first != windowFirst) {
            windowFirst = -1;
            window.clear();
            window.limit((int) Math.min(window.capacity(), geometry.fatBytes() - (long) first * bytes));
            volume.read(entryOffset(first), window);
            windowFirst = first;
        }
        int at = (cluster - first) * bytes;
        return bytes == 2 ? window.getShort(at) & 0xFFFF : window.getInt(at) & mask;
    }

    private void set(int cluster, int value) throws IOException {
        long at = entryOffset(cluster);
        small.clear();
        switch (geometry.bits()) {
            case 12 -> {
                int shift = (cluster & 1) * 4;
                int word = volume.getShort(at) & ~(mask << shift) | (value & mask) << shift;
                small.putShort((short) word);
            }
            case 16 -> small.putShort((short) value);
            default -> small.putInt(volume.getInt(at) & ~mask | value & mask);
        }
        volume.write(at, small.flip(), Stage.MAP, false, volume.errors());
        windowFirst = -1;
    }

    /** Sets entry 1's bits that say the volume is clean. */
    void markClean(boolean clean) throws IOException {
        if (geometry.bits() == 12) {
            return;
        }
        int bit = geometry.bits() == 16 ? 0x8000 : 0x0800_0000;
        int entry = entry(1);
        set(1, clean ? entry | bit : entry & ~bit);
    }

    boolean isMarkedClean() throws IOException {
        return geometry.bits() == 12 || (entry(1) & (geometry.bits() == 16 ? 0x8000 : 0x0800_0000)) != 0;
    }

    /**
     * Takes neighbouring clusters and chains them, the last one ending the chain.
     *
     * @param after the cluster that they are to follow, which is then linked to them; 0 for a new chain
     * @param want how many at most
     * @param reserve how many of those behind to keep from others for a while, so that a growing file stays in one piece
     * @return null if nothing can be had now
     */
    Run allocate(int after, int want, int reserve) throws IOException {
        if (allocatable() <= 0) {
            return null;
        }
        Run run = after == 0 ? null : freeAt(after + 1, want);
        if (run == null) {
            run = search(want);
        }
        if (run == null && !reserved.isEmpty()) {
            reserved.clear();
            run = search(want);
        }
        if (run == null) {
            volume.warn("disk " + volume.disk().name() + ": " + free
                    + " clusters should be free and none is found; counting anew");
            free.set(countFree() + pending);
            return null;
        }
        chain(run);
        if (after != 0) {
            pendingCuts.remove(after);
            set(after, run.first());
        }
        free.addAndGet(-run.length());
        reserved.remove(after + 1);
        if (reserve > 0 && run.length() == want) {
            reserved.put(run.end(), reserve);
        }
        hint = run.end() + reserve;
        if (!geometry.holds(hint)) {
            hint = Geometry.FIRST_CLUSTER;
        }
        return run;
    }

    /** The file that ends before this cluster grows no more: others may have what was kept for it. */
    void unreserve(int cluster) {
        Integer length = reserved.remove(cluster);
        if (length != null && hint == cluster + length) {
            hint = geometry.holds(cluster) ? cluster : Geometry.FIRST_CLUSTER;
        }
    }

    private Run freeAt(int cluster, int want) throws IOException {
        int length = 0;
        while (length < want
                && geometry.holds(cluster + (long) length)
                && windowed(cluster + length) == FREE
                && (length == 0 || !reserved.containsKey(cluster + length))) {
            length++;
        }
        return length == 0 ? null : new Run(cluster, length);
    }

    /** The first free run from the hint on, around the end, outside what is reserved. */
    private Run search(int want) throws IOException {
        int end = Geometry.FIRST_CLUSTER + geometry.clusters();
        int start = hint;
        for (int pass = 0; pass < 2; pass++) {
            int cluster = pass == 0 ? start : Geometry.FIRST_CLUSTER;
            int stop = pass == 0 ? end : start;
            while (cluster < stop) {
                Map.Entry<Integer, Integer> kept = reserved.floorEntry(cluster);
                if (kept != null && cluster < kept.getKey() + kept.getValue()) {
                    cluster = kept.getKey() + kept.getValue();
                } else if (windowed(cluster) == FREE) {
                    return freeAt(cluster, want);
                } else {
                    cluster++;
                }
            }
        }
        return null;
    }

    private void chain(Run run) throws IOException {
        if (geometry.bits() == 12 || run.length() == 1) {
            for (int i = 0; i < run.length(); i++) {
                set(run.first() + i, i + 1 == run.length() ? endMark : run.first() + i + 1);
            }
            return;
        }
        fill(run, true);
    }

    /** Writes the entries of a run in one go: a chain, or zeroes. */
    private void fill(Run run, boolean chained) throws IOException {
        int bytes = geometry.bits() / 8;
        windowFirst = -1;
        for (int done = 0; done < run.length(); ) {
            int n = Math.min(run.length() - done, window.capacity() / bytes);
            long at = entryOffset(run.first() + done);
            window.clear().limit(n * bytes);
            if (bytes == 4) {
                volume.read(at, window);
            }
            for (int i = 0; i < n; i++) {
                int cluster = run.first() + done + i;
                int value = !chained ? FREE : cluster + 1 == run.end() ? endMark : cluster + 1;
                if (bytes == 2) {
                    window.putShort(i * 2, (short) value);
                } else {
                    window.putInt(i * 4, window.getInt(i * 4) & ~mask | value);
                }
            }
            window.rewind();
            volume.write(at, window, Stage.MAP, false, volume.errors());
            done += n;
        }
    }

    /** Frees clusters later. */
    void freeLater(Run run) {
        pendingFrees.add(run);
        pending += run.length();
        free.addAndGet(run.length());
    }

    /** Ends a chain at a cluster later. */
    void cutLater(int last) {
        pendingCuts.add(last);
    }

    /** Takes back clusters just allocated that no name refers to, cached or on the disk. */
    void undo(Run run, int before) throws IOException {
        clear(run);
        free.addAndGet(run.length());
        if (before != 0) {
            set(before, endMark);
        }
    }

    boolean hasPending() {
        return !pendingFrees.isEmpty() || !pendingCuts.isEmpty();
    }

    /** Writes pending cuts and a part of the pending frees into the cache; to be called when names are on the disk. */
    void applyFrees() throws IOException {
        for (Integer last = pendingCuts.pollFirst(); last != null; last = pendingCuts.pollFirst()) {
            set(last, endMark);
        }
        int done = 0;
        while (!pendingFrees.isEmpty() && done < FREES_AT_ONCE) {
            Run run = pendingFrees.get(pendingFrees.size() - 1);
            clear(run);
            pendingFrees.remove(pendingFrees.size() - 1);
            pending -= run.length();
            done += run.length();
        }
    }

    private void clear(Run run) throws IOException {
        if (geometry.bits() == 12) {
            for (int i = 0; i < run.length(); i++) {
                set(run.first() + i, FREE);
            }
        } else {
            fill(run, false);
        }
    }
}
