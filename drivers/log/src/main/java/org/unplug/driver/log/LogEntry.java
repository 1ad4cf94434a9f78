package org.unplug.driver.log;

import java.nio.ByteBuffer;
import org.unplug.block.BioOp;

/**
 * One request that changed the disk or flushed it. Times are the log's own: each submission and each completion is one tick
 * later than the one before.
 *
 * @param number counts the entries from 0, in the order of submission
 * @param op WRITE, WRITE_ZEROES, DISCARD or FLUSH
 * @param sector 0 for a flush
 * @param sectors 0 for a flush
 * @param data read-only, for a WRITE; otherwise empty
 * @param fua whether it is durable by its own completion
 * @param epoch how many flushes had completed when it was submitted
 * @param submittedAt its tick
 * @param completedAt its tick, or {@link #NEVER} while it is under way
 * @param ok whether it succeeded; false while it is under way
 */
public record LogEntry(
        long number,
        BioOp op,
        long sector,
        long sectors,
        ByteBuffer data,
        boolean fua,
        long epoch,
        long submittedAt,
        long completedAt,
        boolean ok) {

    /** The tick of what has not happened. */
    public static final long NEVER = Long.MAX_VALUE;

    /** Whether two entries touch the same sector. */
    public boolean overlaps(LogEntry other) {
        return sector < other.sector + other.sectors && other.sector < sector + sectors;
    }
}
