package org.unplug.scsi.target;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.unplug.block.BlockStatus;

/**
 * Blocks in memory: pages that are allocated as they are written, and let go once nothing in them is mapped; what is not mapped reads
 * as zeroes. Only what is used costs memory, however big the unit is.
 *
 * <p>Reading takes no lock: a page that is being let go still has its bytes. Writing and discarding lock the page, since a write
 * into a page that was let go would be lost.
 */
public final class RamBacking implements Backing {

    private static final int PAGE_SHIFT = 18;
    private static final int PAGE_BYTES = 1 << PAGE_SHIFT;
    private static final int TABLE_SHIFT = 10;
    private static final int TABLE_PAGES = 1 << TABLE_SHIFT;
    private static final int SECTOR_SHIFT = 9;
    private static final int PAGE_SECTORS = PAGE_BYTES >> SECTOR_SHIFT;
    private static final int MOST_LOOKS = 1 << 16;
    private static final byte[] ZEROES = new byte[PAGE_BYTES];

    /** Bytes, and which sectors of 512 of them are mapped. */
    private static final class Page {
        final byte[] bytes = new byte[PAGE_BYTES];
        // Guarded by this page.
        private final long[] mapped = new long[PAGE_SECTORS / Long.SIZE];
        private boolean letGo;

        void map(int from, int to) {
            for (int sector = from >> SECTOR_SHIFT; sector << SECTOR_SHIFT < to; sector++) {
                mapped[sector >> 6] |= 1L << sector;
            }
        }

        /** Unmaps what lies wholly in the range; whether nothing is mapped any more. */
        boolean unmap(int from, int to) {
            for (int sector = from + 511 >> SECTOR_SHIFT; sector + 1 << SECTOR_SHIFT <= to; sector++) {
                mapped[sector >> 6] &= ~(1L << sector);
            }
            long any = 0;
            for (long word : mapped) {
                any |= word;
            }
            return any == 0;
        }

        synchronized boolean isMapped(int sector) {
            return (mapped[sector >> 6] >>> sector & 1) != 0;
        }
    }

    private final long bytes;
    private final AtomicReferenceArray<AtomicReferenceArray<Page>> tables;

    /** @param bytes how many there are; a multiple of 512 */
    public RamBacking(long bytes) {
        long count = (bytes >>> PAGE_SHIFT + TABLE_SHIFT) + 1;
        if (bytes < 0 || count > 1 << 26) {
            throw new IllegalArgumentException(bytes + " bytes in memory are more than can be had");
        }
        this.bytes = bytes;
        tables = new AtomicReferenceArray<>((int) count);
    }

    @Override
    public long bytes() {
        return bytes;
    }

    private Page page(long offset) {
        AtomicReferenceArray<Page> table = tables.getAcquire((int) (offset >>> PAGE_SHIFT + TABLE_SHIFT));
        return table == null ? null : table.getAcquire((int) (offset >>> PAGE_SHIFT) & TABLE_PAGES - 1);
    }

    private Page pageToWrite(long offset) {
        int at = (int) (offset >>> PAGE_SHIFT + TABLE_SHIFT);
        AtomicReferenceArray<Page> table = tables.getAcquire(at);
        if (table == null) {
            AtomicReferenceArray<Page> fresh = new AtomicReferenceArray<>(TABLE_PAGES);
            table = tables.compareAndExchange(at, null, fresh);
            table = table == null ? fresh : table;
        }
        int inTable = (int) (offset >>> PAGE_SHIFT) & TABLE_PAGES - 1;
        Page page = table.getAcquire(inTable);
        if (page == null) {
            Page fresh = new Page();
            page = table.compareAndExchange(inTable, null, fresh);
            page = page == null ? fresh : page;
        }
        return page;
    }

    @Override
    public BlockStatus read(Io io) {
        long offset = io.offsetBytes();
        for (int i = 0; i < io.segmentCount(); i++) {
            ByteBuffer segment = io.segment(i);
            int at = segment.position();
            int limit = segment.limit();
            while (at < limit) {
                Page page = page(offset);
                int inPage = (int) offset & PAGE_BYTES - 1;
                int length = Math.min(limit - at, PAGE_BYTES - inPage);
                segment.put(at, page == null ? ZEROES : page.bytes, inPage, length);
                at += length;
                offset += length;
            }
        }
        return BlockStatus.OK;
    }

    @Override
    public BlockStatus write(Io io, boolean durable) {
        long offset = io.offsetBytes();
        for (int i = 0; i < io.segmentCount(); i++) {
            ByteBuffer segment = io.segment(i);
            int at = segment.position();
            int limit = segment.limit();
            while (at < limit) {
                int inPage = (int) offset & PAGE_BYTES - 1;
                int length = Math.min(limit - at, PAGE_BYTES - inPage);
                if (write(pageToWrite(offset), inPage, segment, at, length)) {
                    at += length;
                    offset += length;
                }
            }
        }
        return BlockStatus.OK;
    }

    private static boolean write(Page page, int inPage, ByteBuffer segment, int at, int length) {
        synchronized (page) {
            if (page.letGo) {
                return false;
            }
            segment.get(at, page.bytes, inPage, length);
            page.map(inPage, inPage + length);
            return true;
        }
    }

    @Override
    public BlockStatus sync(Io io) {
        return BlockStatus.OK;
    }

    @Override
    public BlockStatus discard(Io io) {
        long end = io.offsetBytes() + io.bytes();
        long offset = io.offsetBytes();
        while (offset < end) {
            int at = (int) (offset >>> PAGE_SHIFT + TABLE_SHIFT);
            AtomicReferenceArray<Page> table = tables.getAcquire(at);
            if (table == null) {
                offset = (long) at + 1 << PAGE_SHIFT + TABLE_SHIFT;
                continue;
            }
            int inPage = (int) offset & PAGE_BYTES - 1;
            int length = (int) Math.min(end - offset, PAGE_BYTES - inPage);
            int inTable = (int) (offset >>> PAGE_SHIFT) & TABLE_PAGES - 1;
            Page page = table.getAcquire(inTable);
            if (page != null) {
                synchronized (page) {
                    if (page.unmap(inPage, inPage + length)) {
                        page.letGo = true;
                        table.compareAndSet(inTable, page, null);
                    } else {
                        System.arraycopy(ZEROES, 0, page.bytes, inPage, length);
                    }
                }
            }
            offset += length;
        }
        return BlockStatus.OK;
    }

    @Override
    public long mapped(long offsetBytes, long lengthBytes) {
        long end = offsetBytes + lengthBytes;
        boolean first = isMapped(offsetBytes);
        long offset = offsetBytes;
        for (int looks = 0; looks < MOST_LOOKS && offset < end && isMapped(offset) == first; looks++) {
            offset = next(offset);
        }
        long length = Math.min(offset, end) - offsetBytes;
        return first ? length : -length;
    }

    private boolean isMapped(long offset) {
        Page page = page(offset);
        return page != null && page.isMapped((int) (offset & PAGE_BYTES - 1) >> SECTOR_SHIFT);
    }

    /** Where the next sector begins, or the next page or table if there is none here. */
    private long next(long offset) {
        int table = PAGE_SHIFT + TABLE_SHIFT;
        int shift = tables.getAcquire((int) (offset >>> table)) == null
                ? table
                : page(offset) == null ? PAGE_SHIFT : SECTOR_SHIFT;
        return (offset >>> shift) + 1 << shift;
    }

    /** The memory is the medium here and keeps what it has, for who puts it into another unit; it goes with this object. */
    @Override
    public void cutPower() {
        // Nothing was written to anywhere but the medium.
    }
}
