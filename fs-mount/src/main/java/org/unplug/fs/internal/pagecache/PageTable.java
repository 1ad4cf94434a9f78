package org.unplug.fs.internal.pagecache;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Which pages there are, and which of them to give up first. Only idle pages are listed by age, so that giving one up takes no
 * search. Frames come from the pool of all caches; one that a driver holds never goes back there. Guarded by the cache's monitor.
 */
final class PageTable {
    /** What may be done for room. */
    enum Room {
        /** Give up an idle page, unless others are to do so first because this has less than its share. */
        FAIR,
        /** Give up an idle page. */
        OWN,
        /** Grow if that does not help. */
        BEYOND
    }

    private final int most;
    private final PagePool pool;
    private Page[] buckets = new Page[256];
    private int count;
    private Page oldest;
    private Page newest;

    /** @param most pages, if the pool does not let each cache have fewer */
    PageTable(int most, PagePool pool) {
        this.most = most;
        this.pool = pool;
    }

    int capacity() {
        return Math.min(most, pool.mostEach());
    }

    int count() {
        return count;
    }

    Page get(long index) {
        for (Page page = buckets[bucket(index)]; page != null; page = page.hashNext) {
            if (page.index == index) {
                return page;
            }
        }
        return null;
    }

    /** Adds a page, for which an idle one goes if there is no room; null if that cannot be. */
    Page add(long index, int present, Room room) {
        Frame frame = room(room);
        if (frame == null) {
            return null;
        }
        Page page = new Page(index, present);
        page.setFrame(frame);
        if (count >= buckets.length) {
            rehash();
        }
        int bucket = bucket(index);
        page.hashNext = buckets[bucket];
        buckets[bucket] = page;
        count++;
        return page;
    }

    private Frame room(Room room) {
        if (count >= capacity() && oldest != null) {
            return recycle();
        }
        if (count >= capacity() && room != Room.BEYOND) {
            return null;
        }
        Frame frame = pool.take(room != Room.FAIR && count < PagePool.LEAST_PAGES);
        boolean own = room != Room.FAIR || count >= pool.share();
        if (frame == null && own && oldest != null) {
            return recycle();
        }
        return frame == null && room == Room.BEYOND ? pool.take(true) : frame;
    }

    private Frame recycle() {
        Page page = oldest;
        unhash(page);
        return page.frame;
    }

    /** Gives up to so many idle pages back to the pool, down to a number of pages. @return how many */
    int surrender(int most, int least) {
        int n = 0;
        while (n < most && count > least && oldest != null) {
            pool.giveBack(recycle());
            n++;
        }
        return n;
    }

    /** To be called after a page's state changed: lists it as newest if it is idle, and unlists it if not. */
    void settle(Page page) {
        boolean idle = page.idle();
        boolean tooMany = count > capacity() || (pool.isOver() && count > PagePool.LEAST_PAGES);
        if (idle && tooMany && get(page.index) == page) {
            remove(page);
        } else if (idle && !page.listed) {
            list(page);
        } else if (!idle && page.listed) {
            unlist(page);
        }
    }

    /** It was used without being pinned. */
    void touch(Page page) {
        if (page.listed && page != newest) {
            unlist(page);
            list(page);
        }
    }

    /** A driver holds the page's buffer: go on with a copy, and leave the old one to the garbage collector. */
    void replaceBuffer(Page page) {
        Frame copy = pool.take(true);
        pool.forget(1);
        copy.bytes.put(0, page.bytes, 0, Page.BYTES);
        page.setFrame(copy);
    }

    /** Gives the memory of all pages back that nobody is at. The rest is the garbage collector's. */
    void giveBack() {
        Arrays.stream(buckets)
                .flatMap(chain -> Stream.iterate(chain, Objects::nonNull, page -> page.hashNext))
                .filter(Page::isUnused)
                .sorted(Comparator.comparingLong(page -> page.index))
                .toList()
                .forEach(this::remove);
        clear();
    }

    /** Forgets all pages; no frame is used again. */
    void clear() {
        pool.forget(count);
        buckets = new Page[16];
        count = 0;
        oldest = null;
        newest = null;
    }

    private void remove(Page page) {
        unhash(page);
        pool.giveBack(page.frame);
    }

    private void unhash(Page page) {
        if (page.listed) {
            unlist(page);
        }
        int bucket = bucket(page.index);
        Page before = null;
        for (Page at = buckets[bucket]; at != page; at = at.hashNext) {
            before = at;
        }
        if (before == null) {
            buckets[bucket] = page.hashNext;
        } else {
            before.hashNext = page.hashNext;
        }
        count--;
        page.bytes = null;
    }

    private void list(Page page) {
        page.listed = true;
        page.older = newest;
        page.newer = null;
        if (newest == null) {
            oldest = page;
        } else {
            newest.newer = page;
        }
        newest = page;
    }

    private void unlist(Page page) {
        page.listed = false;
        if (page.older == null) {
            oldest = page.newer;
        } else {
            page.older.newer = page.newer;
        }
        if (page.newer == null) {
            newest = page.older;
        } else {
            page.newer.older = page.older;
        }
        page.older = null;
        page.newer = null;
    }

    private void rehash() {
        Page[] old = buckets;
        buckets = new Page[old.length * 2];
        for (Page chain : old) {
            Page page = chain;
            while (page != null) {
                Page next = page.hashNext;
                int bucket = bucket(page.index);
                page.hashNext = buckets[bucket];
                buckets[bucket] = page;
                page = next;
            }
        }
    }

    private int bucket(long index) {
        long mixed = index * 0x9E3779B97F4A7C15L;
        return (int) (mixed >>> 40) & (buckets.length - 1);
    }
}
