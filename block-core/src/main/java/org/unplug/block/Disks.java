package org.unplug.block;

import java.io.IOException;
import java.util.List;
import java.util.function.Function;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskRegistration;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.FilterRegistration;

/**
 * The block layer, a service of bundle scope: what a bundle adds belongs to it and is removed, orderly, when it stops.
 * Any thread may call.
 */
public interface Disks {

    /**
     * Adds a disk. Requests may come before this returns: be ready. Its partitions are looked for soon after, on another
     * thread.
     *
     * @return the caller's reference to the disk; give it back with {@link DiskRegistration#remove}
     * @throws IllegalArgumentException if the specification contradicts itself
     * @throws IllegalStateException if the calling bundle or the block layer has stopped
     */
    DiskRegistration add(DiskSpec spec, DiskDriver driver);

    /** Every disk that is not released, in the order they were added. */
    List<DiskStatus> list();

    /**
     * What a disk says of its partitions.
     *
     * @return null if it has no table
     * @throws IllegalArgumentException if there is no such disk
     * @throws IOException if it cannot be read
     */
    PartitionTable partitions(String disk) throws IOException;

    /**
     * Writes a partition table on a disk that nobody uses, and looks for its partitions.
     *
     * @throws IllegalArgumentException if there is no such disk, or the partitions do not fit it or each other
     * @throws IOException if the disk is in use, read-only, or cannot be written
     */
    void partition(String disk, PartitionTable table) throws IOException;

    /** Looks for the partitions of a disk again, after its table was written; waits for the outcome. Unknown names are ignored. */
    void rescan(String disk);

    /**
     * Orders what waits for a disk by a scheduler: "none", "deadline", "fair", or one that is a service. May be changed at any
     * time, under load; no request is lost.
     *
     * @throws IllegalArgumentException if there is no such disk or scheduler
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
     * @throws IllegalArgumentException if there is no such disk
     * @throws IllegalStateException if requests under way did not end in time, or the disk is being removed
     */
    FilterRegistration insert(String disk, String name, Function<DiskHandle, DiskDriver> filter);

    /**
     * Waits until every disk added so far was looked through for partitions.
     *
     * @return false if that took longer
     */
    boolean settle(long timeoutMs);
}
