package org.unplug.fs.internal.pagecache;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.unplug.block.BlockStatus;
import org.unplug.fs.internal.pagecache.Transfer.Batch;

/**
 * How bytes come out of the cache: what is missing is read, neighbours as one.
 *
 * <p>Small files that were written together are read together mostly, and no one of them is long enough to tell. So whoever misses a page
 * about where the last one to miss stopped finds those behind on their way too: twice as many each time, as long as that goes on. Whoever
 * then comes to the second half of them brings the next ones on their way, and nobody waits.
 */
final class Reading {
    private static final int MOST_AHEAD_PAGES = 32;
    /** How far from where the last read ended the next one may begin and still go on from there. */
    private static final int GAP_PAGES = 2;

    private final PageCache cache;
    /** Behind the last page that was read. Guarded by the cache's monitor, as the next. */
    private long nextMiss = -1;

    private int aheadPages;
    /** From this page on to before {@link #nextMiss} a reader brings the next ones on their way. */
    private long mark = Long.MAX_VALUE;

    Reading(PageCache cache) {
        this.cache = cache;
    }

    void read(long offset, ByteBuffer into) throws IOException {
        cache.checkRange(offset, into.remaining());
        if (readAtOnce(offset, into)) {
            return;
        }
        long at = offset;
        int most = Math.min(Transfer.MAX_BYTES >> Page.SHIFT, cache.allowance() / 4);
        while (into.hasRemaining()) {
            int inPage = (int) (at & (Page.BYTES - 1));
            int count = (int) Math.min(most, ((long) inPage + into.remaining() + Page.BYTES - 1) >> Page.SHIFT);
            Page[] pages = new Page[count];
            try {
                cache.pin(at >> Page.SHIFT, pages);
                int bytes = (int) Math.min(into.remaining(), ((long) count << Page.SHIFT) - inPage);
                load(pages, inPage, bytes);
                for (Page page : pages) {
                    int n = Math.min(bytes, Page.BYTES - inPage);
                    into.put(into.position(), page.bytes, inPage, n);
                    into.position(into.position() + n);
                    at += n;
                    bytes -= n;
                    inPage = 0;
                }
            } finally {
                cache.unpin(pages);
            }
        }
    }

    /** A few bytes that are there are copied under the monitor: that is less than to pin their page twice over. */
    private boolean readAtOnce(long offset, ByteBuffer into) throws IOException {
        int inPage = (int) (offset & (Page.BYTES - 1));
        int bytes = into.remaining();
        if (!PageCache.isLittle(inPage, bytes)) {
            return false;
        }
        int need = cache.touched(inPage, bytes);
        Batch ahead = null;
        synchronized (cache) {
            cache.checkAlive();
            Page page = cache.table().get(offset >> Page.SHIFT);
            if (page == null || (need & ~page.valid) != 0) {
                return false;
            }
            into.put(into.position(), page.bytes, inPage, bytes);
            into.position(into.position() + bytes);
            cache.table().touch(page);
            if (page.index >= mark && page.index < nextMiss) {
                ahead = new Batch();
                goOn(ahead, nextMiss);
            }
        }
        if (ahead != null) {
            cache.submit(ahead, PageCache.NO_MIRRORS);
        }
        return true;
    }

    /** Makes the units that a range touches valid. */
    void load(Page[] pages, int inPage, int bytes) throws IOException {
        for (int round = 0; ; round++) {
            Batch batch = new Batch();
            Batch ahead = new Batch();
            synchronized (cache) {
                cache.checkAlive();
                int from = inPage;
                int rest = bytes;
                Page first = null;
                for (Page page : pages) {
                    int n = Math.min(rest, Page.BYTES - from);
                    if ((cache.touched(from, n) & ~page.valid) != 0) {
                        first = first == null ? page : first;
                        addMissing(batch, page);
                    }
                    rest -= n;
                    from = 0;
                }
                if (round == 0 && !batch.transfers.isEmpty()) {
                    missed(first.index, pages[pages.length - 1].index + 1, ahead);
                }
            }
            cache.submit(batch, PageCache.NO_MIRRORS);
            cache.submit(ahead, PageCache.NO_MIRRORS);
            Page failed = awaitValid(pages, inPage, bytes);
            if (failed == null) {
                return;
            }
            if (round > 0) {
                BlockStatus status = failed.readError == null ? BlockStatus.IOERR : failed.readError;
                throw cache.failure(status, "read", failed.offset());
            }
        }
    }

    /** Pages up to an end are being read because somebody needs them; adds those that come next if that goes on from the last time. */
    private void missed(long first, long end, Batch ahead) {
        boolean goesOn = nextMiss >= 0 && first >= nextMiss && first <= nextMiss + GAP_PAGES;
        aheadPages = goesOn ? Math.max(1, aheadPages) : 0;
        goOn(ahead, end);
    }

    /** Adds the pages from one on that come next, twice as many as the last time. Needs the monitor. */
    private void goOn(Batch ahead, long first) {
        aheadPages = Math.min(MOST_AHEAD_PAGES, aheadPages * 2);
        int added = addAhead(ahead, first, Math.min(aheadPages, cache.allowance() / 8));
        nextMiss = first + added;
        mark = added < 2 ? Long.MAX_VALUE : first + added / 2;
    }

    /** Adds what is missing of some pages, as far as there is room and disk. @return how many pages were looked at */
    private int addAhead(Batch batch, long first, int count) {
        long pages = (cache.bytes() + Page.BYTES - 1) >> Page.SHIFT;
        int done = 0;
        while (done < count && first + done < pages) {
            long index = first + done;
            Page page = cache.table().get(index);
            if (page == null) {
                page = cache.table().add(index, cache.present(index), PageTable.Room.OWN);
            }
            if (page == null) {
                break;
            }
            addMissing(batch, page);
            cache.table().settle(page);
            done++;
        }
        return done;
    }

    private void addMissing(Batch batch, Page page) {
        int missing = page.present & ~(page.valid | page.reading | page.editing);
        if (missing != 0) {
            Transfer.add(cache, batch, null, page, missing, cache.unitBytes());
            cache.table().settle(page);
        }
    }

    /** Waits until nothing of the range is being read; a page that is not valid then, or null. */
    private Page awaitValid(Page[] pages, int inPage, int bytes) throws IOException {
        synchronized (cache) {
            return awaitValidNow(pages, inPage, bytes);
        }
    }

    private Page awaitValidNow(Page[] pages, int inPage, int bytes) throws IOException {
        int from = inPage;
        int rest = bytes;
        Page failed = null;
        for (Page page : pages) {
            int n = Math.min(rest, Page.BYTES - from);
            int need = cache.touched(from, n);
            while ((page.reading & need) != 0) {
                cache.await();
            }
            if ((need & ~page.valid) != 0 && failed == null) {
                failed = page;
            }
            rest -= n;
            from = 0;
        }
        cache.checkAlive();
        return failed;
    }

    void readAhead(long offset, long bytes) {
        Batch batch = new Batch();
        synchronized (cache) {
            long end = Math.min(cache.bytes(), offset + bytes);
            if (cache.ended() || offset < 0 || offset >= end) {
                return;
            }
            long first = offset >> Page.SHIFT;
            long count = ((end - 1) >> Page.SHIFT) + 1 - first;
            addAhead(batch, first, (int) Math.min(count, cache.allowance() / 4));
        }
        cache.submit(batch, PageCache.NO_MIRRORS);
    }

    long number(long offset, int bytes) throws IOException {
        cache.checkRange(offset, bytes);
        int inPage = (int) (offset & (Page.BYTES - 1));
        if (inPage + bytes > Page.BYTES) {
            long low = number(offset, 1);
            return low | number(offset + 1, bytes - 1) << 8;
        }
        int need = cache.touched(inPage, bytes);
        synchronized (cache) {
            cache.checkAlive();
            Page page = cache.table().get(offset >> Page.SHIFT);
            if (page != null && (need & ~page.valid) == 0) {
                cache.table().touch(page);
                return number(page, inPage, bytes);
            }
        }
        Page[] pages = {cache.pin(offset >> Page.SHIFT)};
        try {
            load(pages, inPage, bytes);
            synchronized (cache) {
                cache.checkAlive();
                return number(pages[0], inPage, bytes);
            }
        } finally {
            cache.unpin(pages);
        }
    }

    private static long number(Page page, int inPage, int bytes) {
        return switch (bytes) {
            case 1 -> page.bytes.get(inPage) & 0xFF;
            case 2 -> page.bytes.getShort(inPage) & 0xFFFF;
            case 4 -> page.bytes.getInt(inPage) & 0xFFFFFFFFL;
            default -> (page.bytes.get(inPage) & 0xFF) | number(page, inPage + 1, bytes - 1) << 8;
        };
    }
}
