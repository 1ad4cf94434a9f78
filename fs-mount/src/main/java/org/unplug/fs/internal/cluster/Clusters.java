package org.unplug.fs.internal.cluster;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.unplug.fs.spi.Volume;

/**
 * Which clusters are whose. Allocation is written at once into the cache (stage MAP), but not the link from the cluster before,
 * which waits until what it leads to is on the disk, see {@link #applyLinks}; freeing waits until the names that
 * referred to the clusters are gone from the disk, see {@link #applyFrees}: until then nobody else gets them, so that a cut
 * never leaves two owners of one cluster.
 *
 * <p>Changes need the tree's lock for writing. What follows a cluster may be asked without: an entry of a chain is changed
 * only by the owner of the chain.
 */
public abstract class Clusters {
    /** The end of a chain, as {@link #next} says it. */
    public static final int END = -1;

    private static final int FREES_AT_ONCE = 1 << 20;

    protected final Volume volume;
    private final Layout layout;
    private final List<Run> pendingFrees = new ArrayList<>();
    private final Map<Integer, Integer> pendingLinks = new ConcurrentHashMap<>();
    private final TreeSet<Integer> pendingCuts = new TreeSet<>();
    private final TreeMap<Integer, Integer> reserved = new TreeMap<>();
    private final AtomicLong free = new AtomicLong();
    private long pending;
    private int hint = Layout.FIRST_CLUSTER;

    protected Clusters(Volume volume, Layout layout) {
        this.volume = volume;
        this.layout = layout;
    }

    /** Whether nobody has a cluster. Needs the lock for writing, or nobody else yet: it may use a window of its own. */
    protected abstract boolean isFree(int cluster) throws IOException;

    /** Begins to read what {@link #isFree} will need from a cluster on, at distances of its own choice. */
    protected abstract void prefetch(int cluster);

    /** What the table on the disk, or on its way there, says that follows, or {@link #END}. Any thread. */
    protected abstract int follow(int cluster) throws IOException;

    /** Marks a run as taken: a chain that ends with it. */
    protected abstract void take(Run run) throws IOException;

    /** Marks a run as free. */
    protected abstract void give(Run run) throws IOException;

    /** Makes a run, just taken, follow the last cluster of a chain; {@link #linkLater} where that has to wait. */
    protected abstract void join(Chain chain, Run run) throws IOException;

    protected abstract void setLink(int from, int to) throws IOException;

    protected abstract void setEnd(int last) throws IOException;

    final String disk() {
        return volume.disk().name();
    }

    /** Sets what is known of free clusters, or counts if a number is not plausible. */
    public void begin(long knownFree, int knownHint) throws IOException {
        free.set(knownFree >= 0 && knownFree <= layout.clusters() ? knownFree : countFree());
        if (layout.holds(knownHint)) {
            hint = knownHint;
        }
    }

    protected long countFree() throws IOException {
        long count = 0;
        int end = Layout.FIRST_CLUSTER + layout.clusters();
        for (int cluster = Layout.FIRST_CLUSTER; cluster < end; cluster++) {
            prefetch(cluster);
            if (isFree(cluster)) {
                count++;
            }
        }
        return count;
    }

    /** Clusters that are free or will be when the pending frees are applied. Any thread. */
    public long free() {
        return free.get();
    }

    private long allocatable() {
        return free.get() - pending;
    }

    public int hint() {
        return hint;
    }

    /**
     * The cluster after one, or {@link #END}. Any thread.
     *
     * @throws Damaged if the chain leads to a free, bad or missing cluster
     */
    final int next(int cluster) throws IOException {
        Integer linked = pendingLinks.get(cluster);
        return linked != null ? linked : follow(cluster);
    }

    protected final void linkLater(int from, int to) {
        pendingLinks.put(from, to);
    }

    /**
     * Takes neighbouring clusters. If they are to follow others, the caller {@linkplain #join joins} them; no
     * {@linkplain #isCutPending cut} may be pending there.
     *
     * @param after the cluster that they are to follow if possible; 0 for a new chain
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
            volume.warn("disk " + disk() + ": " + free + " clusters should be free and none is found; counting anew");
            free.set(countFree() + pending);
            return null;
        }
        take(run);
        free.addAndGet(-run.length());
        reserved.remove(after + 1);
        if (reserve > 0 && run.length() == want) {
            reserved.put(run.end(), reserve);
        }
        hint = run.end() + reserve;
        if (!layout.holds(hint)) {
            hint = Layout.FIRST_CLUSTER;
        }
        return run;
    }

    /** The file that ends before this cluster grows no more: others may have what was kept for it. */
    void unreserve(int cluster) {
        Integer length = reserved.remove(cluster);
        if (length != null && hint == cluster + length) {
            hint = layout.holds(cluster) ? cluster : Layout.FIRST_CLUSTER;
        }
    }

    private Run freeAt(int cluster, int want) throws IOException {
        int length = 0;
        while (length < want
                && layout.holds(cluster + (long) length)
                && isFree(cluster + length)
                && (length == 0 || !reserved.containsKey(cluster + length))) {
            length++;
        }
        return length == 0 ? null : new Run(cluster, length);
    }

    /** The first free run from the hint on, around the end, outside what is reserved. */
    private Run search(int want) throws IOException {
        int end = Layout.FIRST_CLUSTER + layout.clusters();
        int start = hint;
        for (int pass = 0; pass < 2; pass++) {
            int cluster = pass == 0 ? start : Layout.FIRST_CLUSTER;
            int stop = pass == 0 ? end : start;
            while (cluster < stop) {
                Map.Entry<Integer, Integer> kept = reserved.floorEntry(cluster);
                if (kept != null && cluster < kept.getKey() + kept.getValue()) {
                    cluster = kept.getKey() + kept.getValue();
                } else if (isFree(cluster)) {
                    return freeAt(cluster, want);
                } else {
                    cluster++;
                }
            }
        }
        return null;
    }

    /** Frees clusters later; files that lie together and are deleted one after the other make one run. */
    void freeLater(Run run) {
        int last = pendingFrees.size() - 1;
        Run before = last < 0 ? null : pendingFrees.get(last);
        if (before != null && before.end() == run.first() && before.length() < FREES_AT_ONCE - run.length()) {
            pendingFrees.set(last, new Run(before.first(), before.length() + run.length()));
        } else {
            pendingFrees.add(run);
        }
        pending += run.length();
        free.addAndGet(run.length());
    }

    /** Ends a chain at a cluster later. */
    void cutLater(int last) {
        pendingLinks.remove(last);
        pendingCuts.add(last);
    }

    /** Whether the names on the disk may still need what followed a cluster: nothing else may follow it before a commit. */
    boolean isCutPending(int last) {
        return pendingCuts.contains(last);
    }

    /** Takes back clusters just allocated that no name refers to, cached or on the disk. */
    void undo(Run run) throws IOException {
        give(run);
        free.addAndGet(run.length());
    }

    boolean hasPending() {
        return hasLinks() || hasCuts() || hasFrees();
    }

    boolean hasLinks() {
        return !pendingLinks.isEmpty();
    }

    boolean hasCuts() {
        return !pendingCuts.isEmpty();
    }

    boolean hasFrees() {
        return !pendingFrees.isEmpty();
    }

    /** Writes pending links into the cache; to be called when the chains that they lead to are on the disk. */
    void applyLinks() throws IOException {
        for (Map.Entry<Integer, Integer> link : List.copyOf(pendingLinks.entrySet())) {
            setLink(link.getKey(), link.getValue());
            pendingLinks.remove(link.getKey());
        }
    }

    /** Writes pending cuts into the cache; to be called when names are on the disk that need no more. */
    void applyCuts() throws IOException {
        while (!pendingCuts.isEmpty()) {
            setEnd(pendingCuts.first());
            pendingCuts.pollFirst();
        }
    }

    /** Writes a part of the pending frees into the cache; to be called when neither names nor chains on the disk lead to them. */
    void applyFrees() throws IOException {
        int done = 0;
        while (!pendingFrees.isEmpty() && done < FREES_AT_ONCE) {
            Run run = pendingFrees.get(pendingFrees.size() - 1);
            give(run);
            pendingFrees.remove(pendingFrees.size() - 1);
            pending -= run.length();
            done += run.length();
        }
    }
}
