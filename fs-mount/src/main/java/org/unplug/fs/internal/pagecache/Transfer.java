package org.unplug.fs.internal.pagecache;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskInfo;
import org.unplug.fs.spi.Volume.Stage;

/**
 * One run of neighbouring units on its way between pages and disk: one bio, or, for a write with mirrors, one for each copy. Its
 * units are in {@code reading} or {@code writing} of their pages, and the pages pinned, until all its bios ended.
 */
final class Transfer implements Bio.End {
    /** The largest bio. */
    static final int MAX_BYTES = 1 << 20;

    private final PageCache cache;
    private final Batch batch;
    /** The stage that is written; null for a read. */
    final Stage stage;

    private final List<Page> pages = new ArrayList<>();
    private final List<ByteBuffer> segments = new ArrayList<>();
    /** The frame in which the last segment begins, and the one in which it ends; it is cut when that is known. */
    private Frame segmentFirst;

    private Frame segmentLast;
    private int segmentFrom;
    private int segmentLength;
    private int[] masks = new int[4];
    private final long start;
    private long end;
    private int bios = 1;
    private BlockStatus worst = BlockStatus.OK;
    private boolean held;

    /** Several transfers that somebody waits for, or nobody. Guarded by the cache's monitor. */
    static final class Batch {
        int left;
        BlockStatus worst = BlockStatus.OK;
        long failedOffset;
        final List<Transfer> transfers = new ArrayList<>();

        boolean ended() {
            return left == 0;
        }

        void note(BlockStatus status, long offset) {
            if (!status.ok() && worst != BlockStatus.GONE) {
                worst = status;
                failedOffset = offset;
            }
        }
    }

    private Transfer(PageCache cache, Batch batch, Stage stage, long start) {
        this.cache = cache;
        this.batch = batch;
        this.stage = stage;
        this.start = start;
        this.end = start;
    }

    /** Adds units of a page, in ascending order of pages, to a batch: to its last transfer where they follow on. Needs the monitor. */
    static void add(PageCache cache, Batch batch, Stage stage, Page page, int mask, int unitBytes) {
        int rest = mask;
        while (rest != 0) {
            int first = Integer.numberOfTrailingZeros(rest);
            int length = Integer.numberOfTrailingZeros(~(rest >>> first));
            int run = length >= 32 ? -1 : ((1 << length) - 1) << first;
            rest &= ~run;
            long at = page.offset() + (long) first * unitBytes;
            Transfer last = batch.transfers.isEmpty() ? null : batch.transfers.get(batch.transfers.size() - 1);
            if (last == null || last.end != at || last.end - last.start + (long) length * unitBytes > MAX_BYTES) {
                last = new Transfer(cache, batch, stage, at);
                batch.transfers.add(last);
                batch.left++;
            }
            last.append(page, run, first * unitBytes, length * unitBytes);
        }
        if (stage == null) {
            page.reading |= mask;
        } else {
            page.writing |= mask;
        }
    }

    int pages() {
        return pages.size();
    }

    private void append(Page page, int mask, int from, int length) {
        if (pages.size() == masks.length) {
            masks = java.util.Arrays.copyOf(masks, masks.length * 2);
        }
        masks[pages.size()] = mask;
        pages.add(page);
        page.pins++;
        boolean joins = from == 0 && segmentLast != null && segmentLast.isBefore(page.frame);
        if (!joins || (segmentFrom + segmentLength) % Page.BYTES != 0) {
            cutSegment();
            segmentFirst = page.frame;
            segmentFrom = from;
            segmentLength = 0;
        }
        segmentLast = page.frame;
        segmentLength += length;
        end += length;
    }

    private void cutSegment() {
        if (segmentLength > 0) {
            segments.add(segmentFirst.from(segmentFrom, segmentLength));
        }
        segmentLength = 0;
    }

    /** Makes the bios. Without the monitor. */
    void addBios(List<Bio> to, long[] mirrors) {
        cutSegment();
        bios = 1 + mirrors.length;
        to.add(bio(start));
        for (long distance : mirrors) {
            to.add(bio(start + distance));
        }
    }

    private Bio bio(long offset) {
        ByteBuffer[] array = segments.toArray(new ByteBuffer[0]);
        Bio bio = cache.newBio();
        long sector = offset / DiskInfo.SECTOR_BYTES;
        return (stage == null ? bio.read(sector, array) : bio.write(sector, array)).onEnd(this);
    }

    @Override
    public void ended(Bio bio) {
        ended(bio.status(), bio.bufferHeld());
    }

    /** All bios of this transfer could not be submitted. */
    void refused(BlockStatus status) {
        for (int i = bios; i > 0; i--) {
            ended(status, false);
        }
    }

    private void ended(BlockStatus status, boolean bufferHeld) {
        boolean flushMayBeDue;
        synchronized (cache) {
            held |= bufferHeld;
            if (!status.ok() && worst != BlockStatus.GONE) {
                worst = status;
            }
            if (--bios > 0) {
                return;
            }
            batch.note(worst, start);
            batch.left--;
            for (int i = 0; i < pages.size(); i++) {
                cache.transferred(pages.get(i), masks[i], stage, worst, held);
            }
            flushMayBeDue = cache.transferEnded(this, worst);
        }
        if (flushMayBeDue) {
            cache.submitFlushes();
        }
    }
}
