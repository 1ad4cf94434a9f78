package org.unplug.fs.internal.pagecache;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.unplug.block.BlockStatus;
import org.unplug.fs.internal.pagecache.Transfer.Batch;

/** How bytes come out of the cache: what is missing is read, neighbours as one. */
final class Reading {
    private final PageCache cache;

    Reading(PageCache cache) {
        this.cache = cache;
    }

    void read(long offset, ByteBuffer into) throws IOException {
        cache.checkRange(offset, into.remaining());
        long at = offset;
        int most = Math.min(Transfer.MAX_BYTES >> Page.SHIFT, cache.allowance() / 4);
        while (into.hasRemaining()) {
            int inPage = (int) (at & (Page.BYTES - 1));
            int count = (int) Math.min(most, ((long) inPage + into.remaining() + Page.BYTES - 1) >> Page.SHIFT);
            Page[] pages = new Page[count];
            try {
                for (int i = 0; i < count; i++) {
                    pages[i] = cache.pin((at >> Page.SHIFT) + i);
                }
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

    /** Makes the units that a range touches valid. */
    void load(Page[] pages, int inPage, int bytes) throws IOException {
        for (int round = 0; ; round++) {
            Batch batch = new Batch();
            synchronized (cache) {
                cache.checkAlive();
                int from = inPage;
                int rest = bytes;
                for (Page page : pages) {
                    int n = Math.min(rest, Page.BYTES - from);
                    if ((cache.touched(from, n) & ~page.valid) != 0) {
                        addMissing(batch, page);
                    }
                    rest -= n;
                    from = 0;
                }
            }
            cache.submit(batch, PageCache.NO_MIRRORS);
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
            int room = cache.allowance() / 4;
            for (long index = offset >> Page.SHIFT; index <= (end - 1) >> Page.SHIFT && room > 0; index++, room--) {
                Page page = cache.table().get(index);
                if (page == null) {
                    page = cache.table().add(index, cache.present(index), PageTable.Room.OWN);
                }
                if (page == null) {
                    break;
                }
                addMissing(batch, page);
                cache.table().settle(page);
            }
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
