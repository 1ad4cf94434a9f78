package org.unplug.fs.internal.pagecache;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;

/**
 * Which pages there are, and which of them to give up first. Only idle pages are listed by age, so that giving one up takes no
 * search. Buffers come from slabs of 1 MiB and go back to a stock; one that a driver holds never does. Guarded by the cache's
 * monitor.
 */
final class PageTable {
    private static final int SLAB_PAGES = 64;

    private final int capacity;
    private final ArrayDeque<ByteBuffer> stock = new ArrayDeque<>();
    private Page[] buckets = new Page[256];
    private int count;
    private Page oldest;
    private Page newest;

    PageTable(int capacity) {
        this.capacity = capacity;
    }

    int capacity() {
        return capacity;
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

    /** Adds a page, for which an idle one goes if the table is full; null if none is idle and it must not grow. */
    Page add(long index, int present, boolean beyondCapacity) {
        if (count >= capacity) {
            if (oldest != null) {
                remove(oldest);
            } else if (!beyondCapacity) {
                return null;
            }
        }
        Page page = new Page(index, present);
        page.bytes = newBuffer();
        if (count >= buckets.length) {
            rehash();
        }
        int bucket = bucket(index);
        page.hashNext = buckets[bucket];
        buckets[bucket] = page;
        count++;
        return page;
    }

    /** To be called after a page's state changed: lists it as newest if it is idle, and unlists it if not. */
    void settle(Page page) {
        boolean idle = page.idle();
        if (idle && count > capacity && get(page.index) == page) {
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
        ByteBuffer copy = newBuffer();
        copy.put(0, page.bytes, 0, Page.BYTES);
        page.bytes = copy;
    }

    /** Forgets all pages; no buffer is used again. */
    void clear() {
        buckets = new Page[16];
        count = 0;
        oldest = null;
        newest = null;
        stock.clear();
    }

    private void remove(Page page) {
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
        stock.push(page.bytes);
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

    private ByteBuffer newBuffer() {
        if (stock.isEmpty()) {
            ByteBuffer slab = ByteBuffer.allocateDirect(Math.min(SLAB_PAGES, Math.max(1, capacity)) * Page.BYTES);
            for (int at = 0; at < slab.capacity(); at += Page.BYTES) {
                stock.push(slab.slice(at, Page.BYTES).order(ByteOrder.LITTLE_ENDIAN));
            }
        }
        return stock.pop();
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
