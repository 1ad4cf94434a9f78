package org.unplug.scsi.internal.sd;

import java.nio.ByteBuffer;
import org.unplug.scsi.Cdb;
import org.unplug.scsi.internal.midlayer.Device;
import org.unplug.scsi.internal.midlayer.SyncCommand;
import org.unplug.scsi.internal.midlayer.SyncCommand.Outcome;

/**
 * What MODE SENSE says. A unit that does not tell caches nothing and is not protected.
 *
 * @param writeProtected the medium is
 * @param writeCache a completed write may be in a volatile cache
 * @param fua single writes can bypass that
 */
record Mode(boolean writeProtected, boolean writeCache, boolean fua) {

    private static final int BYTES = 192;
    private static final int CACHING_PAGE = 0x08;
    private static final int ALL_PAGES = 0x3F;
    private static final int WRITE_PROTECT = 0x80;
    private static final int DPOFUA = 0x10;
    private static final int WCE = 0x04;

    /** Asks for the caching page with MODE SENSE(10), or (6) where that is not had, or for all pages where that is not. */
    static Mode of(Device device, SyncCommand sync) {
        Outcome caching = sync.read(cdb -> Cdb.modeSense10(cdb, CACHING_PAGE, BYTES), BYTES);
        boolean ten = caching.ok();
        if (!ten) {
            caching = sync.read(cdb -> Cdb.modeSense6(cdb, CACHING_PAGE, BYTES), BYTES);
        }
        if (!caching.ok()) {
            Outcome all = sync.read(cdb -> Cdb.modeSense6(cdb, ALL_PAGES, BYTES), BYTES);
            boolean told = all.ok() && all.data().remaining() >= 3;
            return new Mode(told && (all.data().get(2) & WRITE_PROTECT) != 0, false, false);
        }
        ByteBuffer data = caching.data();
        int headerBytes = ten ? 8 : 4;
        if (data.remaining() < headerBytes) {
            device.host().journal().warn(device.address() + ": MODE SENSE gave " + data.remaining() + " bytes only");
            return new Mode(false, false, false);
        }
        int specific = data.get(ten ? 3 : 2) & 0xFF;
        int descriptorBytes = ten ? data.getShort(6) & 0xFFFF : data.get(3) & 0xFF;
        int page = headerBytes + descriptorBytes;
        boolean cache =
                page + 3 <= data.limit() && (data.get(page) & 0x3F) == CACHING_PAGE && (data.get(page + 2) & WCE) != 0;
        return new Mode((specific & WRITE_PROTECT) != 0, cache, cache && (specific & DPOFUA) != 0);
    }
}
