package org.unplug.scsi.debug.internal.target;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** Blocks in memory, allocated as they are written; what was never written reads as zeroes. */
public final class RamStore implements Store {

    private static final int PAGE_SHIFT = 18;
    private static final int PAGE_BYTES = 1 << PAGE_SHIFT;
    private static final byte[] ZEROES = new byte[PAGE_BYTES];

    private final long bytes;
    private final AtomicReferenceArray<byte[]> pages;

    public RamStore(long bytes) {
        long count = (bytes + PAGE_BYTES - 1) >>> PAGE_SHIFT;
        if (count > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(bytes + " bytes in memory are more than can be had");
        }
        this.bytes = bytes;
        pages = new AtomicReferenceArray<>((int) count);
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public void read(long offsetBytes, ByteBuffer segment) {
        int at = segment.position();
        long offset = offsetBytes;
        while (at < segment.limit()) {
            byte[] page = pages.get((int) (offset >>> PAGE_SHIFT));
            int inPage = (int) offset & PAGE_BYTES - 1;
            int length = Math.min(segment.limit() - at, PAGE_BYTES - inPage);
            segment.put(at, page == null ? ZEROES : page, inPage, length);
            at += length;
            offset += length;
        }
    }

    @Override
    public void write(long offsetBytes, ByteBuffer segment) {
        int at = segment.position();
        long offset = offsetBytes;
        while (at < segment.limit()) {
            byte[] page = page((int) (offset >>> PAGE_SHIFT));
            int inPage = (int) offset & PAGE_BYTES - 1;
            int length = Math.min(segment.limit() - at, PAGE_BYTES - inPage);
            segment.get(at, page, inPage, length);
            at += length;
            offset += length;
        }
    }

    private byte[] page(int index) {
        byte[] page = pages.get(index);
        if (page == null) {
            byte[] fresh = new byte[PAGE_BYTES];
            page = pages.compareAndExchange(index, null, fresh);
            page = page == null ? fresh : page;
        }
        return page;
    }

    @Override
    public void sync() {}

    @Override
    public void cutPower() {
        for (int i = 0; i < pages.length(); i++) {
            pages.set(i, null);
        }
    }
}
