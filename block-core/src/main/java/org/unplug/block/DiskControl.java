package org.unplug.block;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.FilterRegistration;
import org.unplug.ref.Leaks;

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
     * @param filter makes the filter over a handle that leads to what is below; the handle needs no closing. The disk waits
     *     meanwhile, so it may read from that handle and do nothing else that blocks
     * @throws IllegalStateException if requests under way did not end in time, or the disk is being removed
     */
    FilterRegistration insert(String disk, String name, Function<DiskHandle, DiskDriver> filter);

    /**
     * Puts a filter that is a service into the queue of a disk, as {@link #insert(String, String, Function)} does. The filter
     * belongs to the bundle of the service: when that stops, or the service goes, it is taken out. What it can be asked at run
     * time ({@link org.unplug.block.stack.FilterDriver#services}) is registered as long as it is in place.
     *
     * @param filter its name, one of {@link #filters}
     * @param options as in a configuration; the filter's documentation names them
     * @throws IllegalArgumentException if there is no such filter, an option is unknown or wrong, or the filter asks for a disk
     *     of another shape than this one has
     * @throws IllegalStateException if requests under way did not end in time, or the disk is being removed
     */
    FilterRegistration insert(String disk, String filter, Map<String, ?> options);

    /**
     * Takes a filter out, whoever put it in: the uppermost one of that name; see {@link FilterRegistration#remove}.
     *
     * @return false if that took too long; the filter is in use still, unless the disk is gone
     * @throws IllegalArgumentException if there is none of that name in the disk's queue
     */
    boolean remove(String disk, String filter);

    /** The names of the filters that are services. */
    List<String> filters();

    /** Who holds each reference of a disk, oldest first; see {@link DiskStatus#holders}. */
    List<Leaks.Held> holders(String disk);

    /** What should have been given back: handles that were lost, and what still holds disks that are dead. */
    List<Leak> leaks();

    /** How much is known of who holds what. */
    Leaks.Level tracking();

    /** From now on so much is known of what is opened and got; see {@link Leaks.Level}, and docs/performance.md for the cost. */
    void track(Leaks.Level level);

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
