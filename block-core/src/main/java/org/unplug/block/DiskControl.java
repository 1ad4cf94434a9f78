package org.unplug.block;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.FilterRegistration;

/**
 * What a person or a program may do to disks that others drive and hold: a service of bundle scope. Every method that names a
 * disk throws IllegalArgumentException if there is none of that name. Any thread may call.
 */
public interface DiskControl {

    /**
     * What a disk says of its partitions.
     *
     * @return null if it has no table
     * @throws IOException if it cannot be read
     */
    PartitionTable partitions(String disk) throws IOException;

    /**
     * Writes a partition table on a disk that nobody uses, and looks for its partitions.
     *
     * @throws IllegalArgumentException if the partitions do not fit the disk or each other; nothing was written then
     * @throws IOException if the disk is in use, read-only, or cannot be written
     */
    void partition(String disk, PartitionTable table) throws IOException;

    /**
     * Orders what waits for a disk by a scheduler: "none", "deadline", "fair", or one that is a service. May be changed at any
     * time, under load; no request is lost.
     *
     * @throws IllegalArgumentException if there is no such scheduler
     */
    void schedule(String disk, String scheduler);

    /** The names of the schedulers there are. */
    List<String> schedulers();

    /**
     * Puts a filter into the queue of a disk, above its driver and the filters that are there, while the disk is open, mounted
     * and in use: what comes waits meanwhile, what is in the driver ends first, for half of the disk's drain deadline at most.
     * The filter belongs to the calling bundle and is taken out when that stops.
     *
     * @param name to show to a person
     * @param filter makes the filter over a handle that leads to what is below; the handle needs no closing
     * @throws IllegalStateException if requests under way did not end in time, or the disk is being removed
     */
    FilterRegistration insert(String disk, String name, Function<DiskHandle, DiskDriver> filter);

    /** What a disk has done since it was added. Also of one that is dead and not yet released. */
    DiskStatistics statistics(String disk);

    /**
     * Has every step of every request of a disk told, until the result is closed. For finding out, not for counting: it costs an
     * object for each step.
     *
     * @param to called on the submitting and completing threads; must be quick and must not block
     */
    AutoCloseable trace(String disk, Consumer<TraceEvent> to);
}
