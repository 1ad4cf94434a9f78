package org.unplug.driver.log;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import org.unplug.block.DiskHandle;

/**
 * The log of one disk, named by the service property {@code disk.name}, and what a power cut at any of its ticks may leave.
 *
 * <p>The model: a write is durable once a flush that was submitted after the write's completion has completed, or, with forced
 * unit access, once it has completed itself. Of the other writes that were submitted by then, the device may have any subset. Of
 * two that overlap and both made it, the one that was completed later prevails. What it models is a device as the SCSI and
 * SD specifications allow it, and as Linux's dm-log-writes records it.
 *
 * <p>Any thread may call.
 */
public interface WriteLog {

    /** The tick of the last event. */
    long now();

    /** Names the present instant; the name is shown by {@link #marks}. Returns its tick. */
    long mark(String name);

    /** The marks, in order: the tick of each is how much had happened then. */
    List<Mark> marks();

    /** A named instant. */
    record Mark(String name, long tick) {}

    /** Every entry, in the order of submission. A copy. */
    List<LogEntry> entries();

    /** The writes that a power cut at this tick leaves in any case. */
    List<LogEntry> durable(long tick);

    /** The writes of which a power cut at this tick leaves any subset; those under way then included. */
    List<LogEntry> inDoubt(long tick);

    /**
     * Makes on another disk what a power cut leaves; blocks.
     *
     * @param tick when
     * @param survivors which of those in doubt made it
     * @param target holds what this disk held when the log began; not smaller; the caller's
     * @throws IllegalArgumentException if a survivor was not in doubt at that tick
     * @throws IllegalStateException if the log is not {@linkplain #isComplete complete}
     * @throws IOException if the target fails
     */
    void replay(long tick, Collection<LogEntry> survivors, DiskHandle target) throws IOException;

    /** Replays everything that was submitted by a tick: what a device leaves that loses nothing. */
    default void replay(long tick, DiskHandle target) throws IOException {
        replay(tick, inDoubt(tick), target);
    }

    /** False once the data exceeded the most that is kept: from then on nothing is logged, and requests go on. */
    boolean isComplete();

    /** Forgets everything; the log begins now, with what the disk holds now. Requests under way are not in it. */
    void clear();
}
