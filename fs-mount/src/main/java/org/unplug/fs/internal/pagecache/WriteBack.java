package org.unplug.fs.internal.pagecache;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.unplug.fs.internal.pagecache.Transfer.Batch;
import org.unplug.fs.spi.Volume.Stage;

/**
 * Chooses which dirty pages are written when, and counts them. Pages are written in the order of their place on the disk, so that
 * neighbours become one large bio; some megabytes are under way at a time. What could not be written is dirty again.
 *
 * <p>Fields are guarded by the cache's monitor.
 */
final class WriteBack {
    private static final int BATCH_PAGES = 256;
    private static final int BATCHES_UNDER_WAY = 4;

    private final PageCache cache;
    private final PagePool pool;
    private final List<TreeMap<Long, Page>> dirty = new ArrayList<>();
    private final List<Batch> underWay = new ArrayList<>();
    /** How many pages are dirty in stages but DATA: any thread may look. */
    private volatile int staged;

    private int writingTransfers;
    /** Of stage DATA. */
    private int writingPages;

    WriteBack(PageCache cache, PagePool pool) {
        this.cache = cache;
        this.pool = pool;
        for (int i = 0; i < Stage.values().length; i++) {
            dirty.add(new TreeMap<>());
        }
    }

    void dirtied(Page page, Stage stage, int mask) {
        if (cache.ended()) {
            return;
        }
        if (page.dirty[stage.ordinal()] == 0) {
            dirty.get(stage.ordinal()).put(page.index, page);
            counted(stage);
            pool.dirtied(stage == Stage.DATA ? 1 : 0);
        }
        page.dirty[stage.ordinal()] |= mask;
        cache.table().settle(page);
    }

    void clear() {
        pool.dirtied(-dirty.get(Stage.DATA.ordinal()).size() - writingPages);
        writingPages = 0;
        dirty.forEach(TreeMap::clear);
        staged = 0;
    }

    private void counted(Stage stage) {
        if (stage != Stage.DATA) {
            staged = dirty.get(Stage.MAP.ordinal()).size()
                    + dirty.get(Stage.NAMES.ordinal()).size();
        }
    }

    boolean isDirty(Stage stage) {
        return !dirty.get(stage.ordinal()).isEmpty() || underWay.stream().anyMatch(batch -> of(batch) == stage);
    }

    long stagedBytes() {
        return (long) staged << Page.SHIFT;
    }

    long dirtyBytes() {
        return stagedBytes() + ((long) dirty.get(Stage.DATA.ordinal()).size() << Page.SHIFT);
    }

    private static Stage of(Batch batch) {
        return batch.transfers.get(0).stage;
    }

    /** Writes all that is dirty in a stage now; an error ends it after all was tried. */
    void all(Stage stage, long[] mirrors) throws IOException {
        Batch failed = null;
        for (Batch batch : begin(stage, mirrors)) {
            cache.awaitBatch(batch);
            failed = failed == null && !batch.worst.ok() ? batch : failed;
        }
        if (failed != null) {
            throw cache.failure(failed.worst, "write", failed.failedOffset);
        }
    }

    /**
     * Begins to write all that is dirty in a stage now; waits while much is under way.
     *
     * @return what to wait for: also what others had begun, and what has failed
     */
    List<Batch> begin(Stage stage, long[] mirrors) throws IOException {
        List<Batch> failed = new ArrayList<>();
        ArrayDeque<Batch> mine = new ArrayDeque<>();
        synchronized (cache) {
            for (Batch batch : underWay) {
                if (of(batch) == stage) {
                    mine.add(batch);
                }
            }
        }
        long next = 0;
        while (next >= 0) {
            Batch batch = new Batch();
            synchronized (cache) {
                cache.checkAlive();
                next = collect(batch, stage, next, Long.MAX_VALUE, true);
                if (next < 0) {
                    // What somebody else began meanwhile may have been dirty when this began.
                    underWay.stream()
                            .filter(other -> other != batch && of(other) == stage)
                            .forEach(mine::add);
                }
            }
            cache.submit(batch, mirrors);
            if (!batch.transfers.isEmpty()) {
                mine.add(batch);
            }
            while (next >= 0 && mine.size() > BATCHES_UNDER_WAY) {
                Batch oldest = mine.poll();
                cache.awaitBatch(oldest);
                if (!oldest.worst.ok()) {
                    failed.add(oldest);
                }
            }
        }
        failed.addAll(mine);
        return failed;
    }

    /** Begins to write what is dirty in DATA on these pages. */
    void start(long firstPage, long lastPage) {
        long next = firstPage;
        while (next >= 0) {
            Batch batch = new Batch();
            synchronized (cache) {
                if (cache.ended()) {
                    return;
                }
                next = collect(batch, Stage.DATA, next, lastPage, false);
            }
            cache.submit(batch, PageCache.NO_MIRRORS);
        }
    }

    /**
     * Moves dirty pages from an index on into a batch.
     *
     * @param wait whether to wait for a page that somebody else writes or edits, instead of leaving it out
     * @return where to go on; -1 if there is nothing more
     */
    private long collect(Batch batch, Stage stage, long from, long last, boolean wait) {
        TreeMap<Long, Page> pages = dirty.get(stage.ordinal());
        int dirtyBefore = pages.size();
        long next = from;
        for (int n = 0; n < BATCH_PAGES; n++) {
            Map.Entry<Long, Page> entry = pages.ceilingEntry(next);
            if (entry == null || entry.getKey() > last) {
                next = -1;
                break;
            }
            Page page = entry.getValue();
            int mask = page.dirty[stage.ordinal()];
            int busy = (page.writing | page.editing) & mask;
            if (busy != 0 && !wait) {
                // Units that are quiet go all the same: a new directory's zeroes are on their way before names are
                // written into them.
                mask &= ~busy;
                if (mask == 0) {
                    next = page.index + 1;
                    continue;
                }
            } else if (busy != 0) {
                if (!batch.transfers.isEmpty()) {
                    break;
                }
                if (!awaitQuiet(page, mask)) {
                    return next;
                }
                n--;
                continue;
            }
            page.dirty[stage.ordinal()] &= ~mask;
            if (page.dirty[stage.ordinal()] == 0) {
                pages.remove(page.index);
            }
            Transfer.add(cache, batch, stage, page, mask, cache.unitBytes());
            next = page.index + 1;
        }
        counted(stage);
        if (!batch.transfers.isEmpty()) {
            writingTransfers += batch.transfers.size();
            underWay.add(batch);
        }
        if (stage == Stage.DATA) {
            int writing = batch.transfers.stream().mapToInt(Transfer::pages).sum();
            writingPages += writing;
            // Those that are not dirty any more were counted already.
            pool.dirtied(writing - (dirtyBefore - pages.size()));
        }
        return next;
    }

    /** One look; false if the cache has ended, which the caller's next step finds out. */
    private boolean awaitQuiet(Page page, int mask) {
        try {
            while (((page.writing | page.editing) & mask) != 0) {
                cache.await();
            }
            return true;
        } catch (IOException ended) {
            return false;
        }
    }

    void transferEnded(Transfer transfer) {
        writingTransfers--;
        if (transfer.stage == Stage.DATA && !cache.ended()) {
            writingPages -= transfer.pages();
            pool.dirtied(-transfer.pages());
        }
        underWay.removeIf(Batch::ended);
    }

    /** Whether room can be had by writing, or will be when what is under way has ended. */
    boolean canMakeRoom() {
        return writingTransfers > 0 || !dirty.get(Stage.DATA.ordinal()).isEmpty();
    }

    /** Writes some DATA pages, or waits for some under way. */
    void makeRoom() throws IOException {
        Batch batch = new Batch();
        synchronized (cache) {
            cache.checkAlive();
            if (writingTransfers == 0) {
                collect(batch, Stage.DATA, 0, Long.MAX_VALUE, true);
            } else {
                cache.await();
            }
        }
        cache.submit(batch, PageCache.NO_MIRRORS);
        if (!batch.transfers.isEmpty()) {
            cache.awaitBatch(batch);
            if (!batch.worst.ok()) {
                throw cache.failure(batch.worst, "write", batch.failedOffset);
            }
        }
    }

    /** Called by writers: keeps the disk busy early, and holds them back for one batch when most of this cache, or of all, is dirty. */
    void throttle() throws IOException {
        Batch batch = new Batch();
        Batch awaited = null;
        synchronized (cache) {
            cache.checkAlive();
            int pages = dirty.get(Stage.DATA.ordinal()).size();
            boolean crowded = pool.isCrowded();
            int capacity = cache.table().capacity();
            if (pages < Math.max(1, capacity / 8) && !crowded) {
                return;
            }
            if (underWay.size() < BATCHES_UNDER_WAY) {
                collect(batch, Stage.DATA, 0, Long.MAX_VALUE, false);
            }
            if ((pages >= Math.max(2, capacity / 2) || (crowded && pages >= pool.dirtyShare()))
                    && !underWay.isEmpty()) {
                awaited = underWay.get(0);
            }
        }
        cache.submit(batch, PageCache.NO_MIRRORS);
        if (awaited != null) {
            cache.awaitBatch(awaited);
        }
    }
}
