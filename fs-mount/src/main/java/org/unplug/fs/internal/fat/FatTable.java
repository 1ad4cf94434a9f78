package org.unplug.fs.internal.fat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.unplug.fs.internal.cluster.Chain;
import org.unplug.fs.internal.cluster.Clusters;
import org.unplug.fs.internal.cluster.Run;
import org.unplug.fs.spi.Volume;
import org.unplug.fs.spi.Volume.Stage;

/** The file allocation table: an entry for each cluster, which is 0 for a free one and else leads on. */
final class FatTable extends Clusters {
    private static final int FREE = 0;
    private static final int WINDOW = 2048;
    private static final int SECTOR = 512;

    private final Geometry geometry;
    private final int mask;
    private final int endMark;
    private final ByteBuffer small = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
    private final ByteBuffer window = ByteBuffer.allocate(WINDOW * 4).order(ByteOrder.LITTLE_ENDIAN);
    private int windowFirst = -1;

    FatTable(Volume volume, Geometry geometry) {
        super(volume, geometry);
        this.geometry = geometry;
        mask = geometry.bits() == 32 ? 0x0FFF_FFFF : (1 << geometry.bits()) - 1;
        endMark = mask;
    }

    @Override
    protected void prefetch(int cluster) {
        if ((cluster - Geometry.FIRST_CLUSTER) % (8 * WINDOW) == 0) {
            volume.readAhead(entryOffset(cluster), 16L * WINDOW * geometry.bits() / 8);
        }
    }

    @Override
    protected boolean isFree(int cluster) throws IOException {
        return windowed(cluster) == FREE;
    }

    @Override
    protected int follow(int cluster) throws IOException {
        int entry = entry(cluster);
        if (isEnd(entry)) {
            return END;
        }
        if (!geometry.holds(entry)) {
            throw geometry.damaged(
                    volume.disk().name(), "cluster " + cluster + " leads to cluster " + Integer.toHexString(entry));
        }
        return entry;
    }

    /** Whether an entry of this value, or a cluster of this number, ends a chain. */
    boolean isEnd(int value) {
        return value >= (mask & ~7);
    }

    /** Whether an entry of this value marks a cluster that the medium cannot keep. */
    boolean isBad(int value) {
        return value == (mask & ~8);
    }

    int endMark() {
        return endMark;
    }

    @Override
    protected void take(Run run) throws IOException {
        if (geometry.bits() == 12) {
            for (int i = 0; i < run.length(); i++) {
                set(run.first() + i, i + 1 == run.length() ? endMark : run.first() + i + 1);
            }
        } else {
            fill(run, true);
        }
    }

    @Override
    protected void give(Run run) throws IOException {
        if (geometry.bits() == 12) {
            for (int i = 0; i < run.length(); i++) {
                set(run.first() + i, FREE);
            }
        } else {
            fill(run, false);
        }
    }

    /** At once if one sector holds both ends, which reach the disk together; else the link must come after what it leads to. */
    @Override
    protected void join(Chain chain, Run run) throws IOException {
        int after = chain.last();
        if (after == 0) {
            return;
        }
        long sector = entryOffset(after) / SECTOR;
        boolean together = geometry.bits() != 12
                && entryOffset(run.first()) / SECTOR == sector
                && entryOffset(run.end() - 1) / SECTOR == sector;
        if (together) {
            set(after, run.first());
        } else {
            linkLater(after, run.first());
        }
    }

    @Override
    protected void setLink(int from, int to) throws IOException {
        set(from, to);
    }

    @Override
    protected void setEnd(int last) throws IOException {
        set(last, endMark);
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

    /** As {@link #entry}, through a window of its own for scans; needs the lock for writing, or nobody else yet. */
    private int windowed(int cluster) throws IOException {
        if (geometry.bits() == 12) {
            return entry(cluster);
        }
        int at = look(cluster);
        return entryBytes() == 2 ? window.getShort(at) & 0xFFFF : window.getInt(at) & mask;
    }

    /** Brings an entry into the window. @return where it is there */
    private int look(int cluster) throws IOException {
        int first = cluster - cluster % perWindow();
        if (first != windowFirst) {
            windowFirst = -1;
            window.clear();
            window.limit((int) Math.min(window.capacity(), geometry.fatBytes() - (long) first * entryBytes()));
            volume.read(entryOffset(first), window);
            windowFirst = first;
        }
        return (cluster - first) * entryBytes();
    }

    void set(int cluster, int value) throws IOException {
        if (geometry.bits() == 12) {
            long at = entryOffset(cluster);
            int shift = (cluster & 1) * 4;
            int word = volume.getShort(at) & ~(mask << shift) | (value & mask) << shift;
            volume.write(at, small.clear().putShort((short) word).flip(), Stage.MAP, false, volume.errors());
        } else if (isInWindow(cluster)) {
            int at = (cluster - windowFirst) * entryBytes();
            put(window, at, value);
            write(at, at + entryBytes());
        } else {
            // The window stays where clusters are looked for.
            volume.read(entryOffset(cluster), small.clear().limit(entryBytes()));
            put(small, 0, value);
            volume.write(entryOffset(cluster), small.flip(), Stage.MAP, false, volume.errors());
        }
    }

    private boolean isInWindow(int cluster) {
        return windowFirst >= 0 && cluster >= windowFirst && cluster - windowFirst < perWindow();
    }

    /** Writes what was changed in the window, which holds nothing if that fails. */
    private void write(int from, int to) throws IOException {
        int first = windowFirst;
        windowFirst = -1;
        volume.write(entryOffset(first) + from, window.slice(from, to - from), Stage.MAP, false, volume.errors());
        windowFirst = first;
    }

    private int entryBytes() {
        return geometry.bits() / 8;
    }

    private int perWindow() {
        return window.capacity() / entryBytes();
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

    /** Writes the entries of a run in one go: a chain, or zeroes. */
    private void fill(Run run, boolean chained) throws IOException {
        for (int cluster = run.first(); cluster < run.end(); ) {
            int from = look(cluster);
            int end = Math.min(run.end(), windowFirst + perWindow());
            int at = from;
            for (; cluster < end; cluster++) {
                put(window, at, !chained ? FREE : cluster + 1 == run.end() ? endMark : cluster + 1);
                at += entryBytes();
            }
            write(from, at);
        }
    }

    /** Sets an entry, but for FAT32's four reserved bits. */
    private void put(ByteBuffer into, int at, int value) {
        if (entryBytes() == 2) {
            into.putShort(at, (short) value);
        } else {
            into.putInt(at, into.getInt(at) & ~mask | value & mask);
        }
    }
}
