package org.unplug.fs.internal.pagecache;

import java.io.IOException;
import java.util.List;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.fs.internal.pagecache.Transfer.Batch;

/**
 * A flush that follows some batches of writes. Whoever sees the last of them end submits it, on his thread, so that who asked for it is
 * woken once and not between the writes and the flush. If a write failed there is no flush. Guarded by the cache's monitor.
 */
final class Barrier implements Bio.End {
    private final PageCache cache;
    private final List<Batch> writes;
    private long covered;
    private BlockStatus status;

    Barrier(PageCache cache, List<Batch> writes) {
        this.cache = cache;
        this.writes = writes;
    }

    /** Whether the flush can go. */
    boolean isDue() {
        return writes.stream().allMatch(Batch::ended);
    }

    /**
     * To be called once, when this is due.
     *
     * @param ended how many writes have ended by now
     * @param flushed how many of them were flushed
     * @return whether a flush is to be submitted; else this has ended
     */
    boolean begin(long ended, long flushed) {
        covered = ended;
        if (ended == flushed || failed() != null) {
            status = BlockStatus.OK;
        }
        return status == null;
    }

    private Batch failed() {
        return writes.stream().filter(batch -> !batch.worst.ok()).findFirst().orElse(null);
    }

    boolean hasEnded() {
        return status != null;
    }

    @Override
    public void ended(Bio bio) {
        synchronized (cache) {
            status = bio.status();
            cache.flushEnded(status, covered);
        }
    }

    /** Once it has ended: throws what went wrong. */
    void check() throws IOException {
        Batch failed = failed();
        if (failed != null) {
            throw cache.failure(failed.worst, "write", failed.failedOffset);
        }
        if (!status.ok()) {
            throw cache.failure(status, "flush", -1);
        }
    }
}
