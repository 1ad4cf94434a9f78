package org.unplug.fs.internal.pagecache;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What all caches may have together: their buffers, and how much of it is dirty.
 *
 * <p><b>Theory of operation.</b> A cache that needs a buffer takes one here, until all that may be are given out. Then the caches that
 * have more than their share - the limit by the number of caches - give up idle pages, and after that each has to do with its
 * own. So a cache that is idle lends what it does not use, and gets its share back as it needs it; and since a cache gets the first
 * {@value #LEAST_PAGES} pages whatever the others have, none ever waits for another one's disk. These are what may be beyond the limit,
 * as well as what one operation dirties before it commits.
 *
 * <p>When much is dirty in all caches together, each begins to write at once, and one that has more than its share of what may be
 * dirty holds its writers back: those of a slow disk wait for it, those of a fast one do not.
 *
 * <p>Lock order: a cache's monitor, this object's. {@link #reclaim} takes the monitors of caches, one after the other, and is called
 * without any.
 */
public final class PagePool {
    /** What each cache can have. */
    static final int LEAST_PAGES = 64;

    private static final int SLAB_PAGES = 64;
    private static final int KEPT_SHARE = 4;

    private volatile int limit;
    private volatile int mostEach;
    /** In the order of memory, as far as it goes: who takes several gets neighbours. */
    private final ArrayDeque<Frame> stock = new ArrayDeque<>();

    private final List<PageCache> caches = new CopyOnWriteArrayList<>();
    private final AtomicInteger dirty = new AtomicInteger();
    /** Written under the monitor. */
    private volatile int given;

    /**
     * @param bytes how much all caches may have together, but for what each always can
     * @param bytesEach how much one of them may have
     */
    public PagePool(long bytes, long bytesEach) {
        limit(bytes, bytesEach);
    }

    /** Other limits hold from now on: what is beyond them goes at once if it is idle, and else as soon as it is. */
    public void limit(long bytes, long bytesEach) {
        limit = pages(bytes);
        mostEach = Math.min(limit, pages(bytesEach));
        caches.forEach(PageCache::shrink);
        if (isOver()) {
            reclaim(null, given - limit);
        }
    }

    static int pages(long bytes) {
        return (int) Math.max(LEAST_PAGES, Math.min(Integer.MAX_VALUE / 2, bytes >> Page.SHIFT));
    }

    /** How many pages one cache may have. */
    int mostEach() {
        return mostEach;
    }

    void add(PageCache cache) {
        caches.add(cache);
    }

    void remove(PageCache cache) {
        caches.remove(cache);
    }

    /** How much all caches may have together. */
    public long limitBytes() {
        return (long) limit << Page.SHIFT;
    }

    /** How much they have. */
    public long bytes() {
        return (long) given << Page.SHIFT;
    }

    /** How many pages a cache may have while all are in want. */
    int share() {
        return Math.max(LEAST_PAGES, limit / Math.max(1, caches.size()));
    }

    boolean isShort() {
        return given >= limit;
    }

    boolean isOver() {
        return given > limit;
    }

    /** Memory for a page, or null if all is given out and it is not to be had regardless. */
    synchronized Frame take(boolean regardless) {
        if (given >= limit && !regardless) {
            return null;
        }
        given++;
        if (stock.isEmpty()) {
            stock.addAll(Frame.slab(Math.min(SLAB_PAGES, limit)));
        }
        return stock.poll();
    }

    /** A frame that nobody uses any more. A part of the limit is kept for the next; the rest is the garbage collector's. */
    synchronized void giveBack(Frame frame) {
        given--;
        if (stock.size() < limit / KEPT_SHARE) {
            stock.add(frame);
        }
    }

    /** So many frames are the garbage collector's: somebody may still use them. */
    synchronized void forget(int frames) {
        given -= frames;
    }

    /**
     * Others that have more than their share give up to so many idle pages. Without any monitor.
     *
     * @param forWhom gives none up itself; null if nobody asks
     */
    void reclaim(PageCache forWhom, int want) {
        int share = share();
        List<PageCache> others = caches.stream()
                .filter(cache -> !cache.equals(forWhom))
                .sorted(Comparator.comparingInt(PageCache::pages).reversed())
                .toList();
        int left = want;
        for (PageCache other : others) {
            if (left > 0) {
                left -= other.surrender(left, share);
            }
        }
    }

    /** More content of files is dirty or on its way to a disk, or less. */
    void dirtied(int pages) {
        dirty.addAndGet(pages);
    }

    /** Whether half of everything is dirty, or on its way to a disk. */
    boolean isCrowded() {
        return dirty.get() >= Math.max(2, limit / 2);
    }

    /** How many pages of a cache may be dirty then before its writers wait. */
    int dirtyShare() {
        return Math.max(LEAST_PAGES / 2, limit / 2 / Math.max(1, caches.size()));
    }
}
