package org.unplug.mmc.internal.blk;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.spi.Request;
import org.unplug.mmc.internal.port.MmcException;

/**
 * What a card's content was when we last had it: sums of what was read from and written to its user area here. Neither SD cards nor eMMC
 * count their changes, so this is how a card that was changed elsewhere is told from one that comes back as it went.
 *
 * <p><b>What is kept.</b> The short requests, up to {@value #MOST_RUN_SECTORS} sectors: tables, boot sectors, directories and what else a
 * file system keeps for itself, which whoever changes a card changes too. Of those the first {@value #KEPT} since the start-up,
 * and the last as many. Nobody here knows more of the card than was read or written here; what is not kept of that may have changed
 * without being noticed.
 *
 * <p><b>What is not known.</b> A run is forgotten before it is written, and known again when that has succeeded; in a volatile cache,
 * when that was flushed. So what a removal interrupts is never held against the card.
 *
 * <p>Thread-safe; a request costs one sum and a look at each run.
 */
public final class Generation {

    static final int MOST_RUN_SECTORS = 32;
    private static final int KEPT = 64;

    /** Reads a run of the card's blocks; blocks until that is done. */
    public interface Reader {
        /** @throws MmcException if it cannot be read */
        void read(long sector, ByteBuffer into) throws MmcException;
    }

    private record Run(long sector, long sectors, int sum) {
        boolean overlaps(long from, long count) {
            return sector < from + count && from < sector + sectors;
        }
    }

    private final boolean cached;
    /** By first sector; each guarded by this. */
    private final Map<Long, Run> first = new LinkedHashMap<>();

    private final Map<Long, Run> last = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Run> eldest) {
            return size() > KEPT;
        }
    };

    /** Written, and in a cache that may lose it. */
    private final List<Run> unflushed = new ArrayList<>();
    /** Whether anything was written since the last flush of a cache: what is read may come from there. */
    private boolean dirty;

    /** @param cached whether the card may lose what it acknowledged, until it is flushed */
    Generation(boolean cached) {
        this.cached = cached;
    }

    /** A request for the user area goes to the card now. */
    void begins(Request request) {
        if (request.op().modifies()) {
            forget(request.sector(), request.sectors());
        }
    }

    private synchronized void forget(long sector, long sectors) {
        dirty = cached;
        first.values().removeIf(run -> run.overlaps(sector, sectors));
        last.values().removeIf(run -> run.overlaps(sector, sectors));
        unflushed.removeIf(run -> run.overlaps(sector, sectors));
    }

    /** That request has ended; its data is still its own. */
    void ended(Request request, BlockStatus status) {
        if (request.op() == BioOp.FLUSH) {
            flushed(status.ok());
        } else if (status.ok() && request.op().hasData() && request.sectors() <= MOST_RUN_SECTORS) {
            Run run = new Run(request.sector(), request.sectors(), sum(request));
            keep(run, request.op() == BioOp.WRITE);
        }
    }

    private synchronized void keep(Run run, boolean written) {
        if (!dirty) {
            know(run);
        } else if (written && unflushed.size() < KEPT) {
            unflushed.add(run);
        }
    }

    private synchronized void flushed(boolean well) {
        if (well) {
            unflushed.forEach(this::know);
            dirty = false;
        }
        unflushed.clear();
    }

    private synchronized void know(Run run) {
        Map<Long, Run> where = first.size() < KEPT || first.containsKey(run.sector) ? first : last;
        where.put(run.sector, run);
    }

    private static int sum(Request request) {
        CRC32C sum = new CRC32C();
        for (int i = 0; i < request.segmentCount(); i++) {
            sum.update(request.segment(i).duplicate());
        }
        return (int) sum.getValue();
    }

    private synchronized List<Run> known() {
        List<Run> known = new ArrayList<>(first.values());
        known.addAll(last.values());
        return known;
    }

    /** The card is back as it went: what was known of it still is. Before the first request. */
    public void takeOver(Generation former) {
        List<Run> known = former.known();
        synchronized (this) {
            known.forEach(this::know);
        }
    }

    /**
     * Whether a card's content is what is known here; blocks while it reads.
     *
     * @throws MmcException if something cannot be read
     */
    public boolean isThatOf(Reader card) throws MmcException {
        List<Run> known = known();
        ByteBuffer buffer = ByteBuffer.allocate(MOST_RUN_SECTORS * CardJob.SECTOR_BYTES);
        for (Run run : known) {
            buffer.clear().limit((int) run.sectors * CardJob.SECTOR_BYTES);
            card.read(run.sector, buffer);
            CRC32C sum = new CRC32C();
            sum.update(buffer);
            if ((int) sum.getValue() != run.sum) {
                return false;
            }
        }
        return true;
    }
}
