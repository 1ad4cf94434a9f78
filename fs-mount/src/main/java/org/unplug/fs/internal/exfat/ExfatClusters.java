package org.unplug.fs.internal.exfat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.unplug.fs.internal.cluster.Chain;
import org.unplug.fs.internal.cluster.Clusters;
import org.unplug.fs.internal.cluster.Layout;
import org.unplug.fs.internal.cluster.Run;
import org.unplug.fs.spi.Volume;
import org.unplug.fs.spi.Volume.Stage;

/**
 * The allocation bitmap says what is taken; the table says what follows what, for those files only that are not in one piece. A file
 * that falls apart gets its links in stage MAP: until its entry says so nobody follows them.
 */
final class ExfatClusters extends Clusters {
    private static final int FIRST = Layout.FIRST_CLUSTER;
    private static final int END_MARK = -1;
    private static final int MOST_WINDOW = 4096;
    private static final int LINKS_AT_ONCE = 4096;

    private final ExfatLayout layout;
    private final ByteBuffer window;
    private final ByteBuffer links = ByteBuffer.allocate(LINKS_AT_ONCE * 4).order(ByteOrder.LITTLE_ENDIAN);
    private long windowFirst = -1;
    private Chain bitmap;

    ExfatClusters(Volume volume, ExfatLayout layout) {
        super(volume, layout);
        this.layout = layout;
        window = ByteBuffer.allocate(Math.min(MOST_WINDOW, layout.clusterBytes()));
    }

    /**
     * Counts what is free.
     *
     * @param cluster where the bitmap begins
     */
    void begin(int cluster) throws IOException {
        bitmap = Chain.linked(this, layout, cluster);
        begin(-1, -1);
    }

    private long bitmapOffset(long at) throws IOException {
        Run run = bitmap.find((int) (at / layout.clusterBytes()), 1);
        if (run == null) {
            throw layout.damaged(volume.disk().name(), "the bitmap ends at byte " + at);
        }
        return layout.offset(run.first()) + at % layout.clusterBytes();
    }

    /** Makes the window show a byte of the bitmap; its place in the window. */
    private int look(long at) throws IOException {
        long first = at - at % window.capacity();
        if (first != windowFirst) {
            windowFirst = -1;
            volume.read(bitmapOffset(first), window.clear());
            windowFirst = first;
        }
        return (int) (at - first);
    }

    @Override
    protected boolean isFree(int cluster) throws IOException {
        int bit = cluster - FIRST;
        return (window.get(look(bit >>> 3)) & 1 << (bit & 7)) == 0;
    }

    @Override
    protected void prefetch(int cluster) {
        // The bitmap is small: a bit for each cluster.
    }

    @Override
    protected void take(Run run) throws IOException {
        mark(run, true);
    }

    @Override
    protected void give(Run run) throws IOException {
        mark(run, false);
    }

    private void mark(Run run, boolean taken) throws IOException {
        int bit = run.first() - FIRST;
        int end = bit + run.length();
        while (bit < end) {
            int from = look(bit >>> 3);
            int at = from;
            while (bit < end && at < window.capacity()) {
                int low = bit & 7;
                int high = Math.min(8, low + end - bit);
                int mask = (1 << high) - (1 << low);
                window.put(at, (byte) (taken ? window.get(at) | mask : window.get(at) & ~mask));
                bit += high - low;
                at++;
            }
            volume.write(
                    bitmapOffset(windowFirst + from), window.slice(from, at - from), Stage.MAP, false, volume.errors());
        }
    }

    @Override
    protected int follow(int cluster) throws IOException {
        int entry = volume.getInt(entryOffset(cluster));
        if (entry == END_MARK) {
            return END;
        }
        if (!layout.holds(entry)) {
            throw layout.damaged(
                    volume.disk().name(), "cluster " + cluster + " leads to cluster " + Integer.toHexString(entry));
        }
        return entry;
    }

    private long entryOffset(int cluster) {
        return layout.fatOffset() + cluster * 4L;
    }

    @Override
    protected void join(Chain chain, Run run) throws IOException {
        int last = chain.last();
        if (chain.isContiguous() && (last == 0 || run.first() == last + 1)) {
            return;
        }
        if (chain.isContiguous()) {
            link(chain.find(0, chain.length()), run.first());
            chain.becomeLinked();
        } else if (last != 0) {
            linkLater(last, run.first());
        }
        link(run, END_MARK);
    }

    /** Writes the links of a run, in stage MAP. */
    private void link(Run run, int after) throws IOException {
        for (int done = 0; done < run.length(); ) {
            int n = Math.min(LINKS_AT_ONCE, run.length() - done);
            links.clear();
            for (int i = 1; i <= n; i++) {
                links.putInt(done + i == run.length() ? after : run.first() + done + i);
            }
            volume.write(entryOffset(run.first() + done), links.flip(), Stage.MAP, false, volume.errors());
            done += n;
        }
    }

    @Override
    protected void setLink(int from, int to) throws IOException {
        volume.write(entryOffset(from), links.clear().putInt(to).flip(), Stage.MAP, false, volume.errors());
    }

    @Override
    protected void setEnd(int last) throws IOException {
        setLink(last, END_MARK);
    }
}
