package org.unplug.block;

import java.util.List;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskRegistration;
import org.unplug.block.spi.DiskSpec;

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
     * Looks for the partitions of a disk again, after its table was written; waits for the outcome. Unknown names are ignored.
     *
     * @throws IllegalStateException if somebody has a partition of it open; nothing is changed then
     */
    void rescan(String disk);

    /**
     * Waits until every disk added so far was looked through for partitions.
     *
     * @return false if that took longer
     */
    boolean settle(long timeoutMs);
}
