package org.unplug.scsi.internal.sd;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.unplug.scsi.Cdb;
import org.unplug.scsi.internal.midlayer.SyncCommand;
import org.unplug.scsi.internal.midlayer.Vpd;

/**
 * What the pages B0h and B2h of vital product data say of one command (SBC-3, 6.6.3 and 6.6.4); 0 where they say nothing.
 *
 * @param maxTransferBlocks most blocks in a READ or WRITE
 * @param maxUnmapBlocks most blocks in an UNMAP
 * @param maxWriteSameBlocks most blocks in a WRITE SAME
 * @param granularityBlocks what an unmap frees at least
 * @param unmap UNMAP is had
 * @param unmapBy16 WRITE SAME(16) can unmap
 * @param unmapBy10 WRITE SAME(10) can unmap
 */
record BlockLimits(
        long maxTransferBlocks,
        long maxUnmapBlocks,
        long maxWriteSameBlocks,
        long granularityBlocks,
        boolean unmap,
        boolean unmapBy16,
        boolean unmapBy10) {

    static final BlockLimits NONE = new BlockLimits(0, 0, 0, 0, false, false, false);

    private static final int BYTES = 252;
    private static final int LBPU = 0x80;
    private static final int LBPWS = 0x40;
    private static final int LBPWS10 = 0x20;

    static BlockLimits of(SyncCommand sync) {
        Optional<ByteBuffer> limits = page(sync, Vpd.BLOCK_LIMITS);
        int ways = page(sync, Vpd.PROVISIONING)
                .filter(page -> page.limit() > 5)
                .map(page -> page.get(5) & 0xFF)
                .orElse(0);
        return new BlockLimits(
                at(limits, 8),
                at(limits, 20),
                limits.filter(page -> page.limit() >= 44)
                        .map(page -> page.getLong(36))
                        .filter(blocks -> blocks > 0)
                        .orElse(0L),
                at(limits, 28),
                (ways & LBPU) != 0,
                (ways & LBPWS) != 0,
                (ways & LBPWS10) != 0);
    }

    private static Optional<ByteBuffer> page(SyncCommand sync, int page) {
        return Vpd.checked(sync.read(cdb -> Cdb.inquiryPage(cdb, page, BYTES), BYTES), page);
    }

    private static long at(Optional<ByteBuffer> page, int offset) {
        return page.filter(data -> data.limit() >= offset + 4)
                .map(data -> data.getInt(offset) & 0xFFFF_FFFFL)
                .orElse(0L);
    }
}
