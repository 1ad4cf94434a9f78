package org.unplug.block.spi;

import org.unplug.block.BioOp;
import org.unplug.block.DiskInfo;

/**
 * Decides in which order waiting bios go to a driver. Registered as a service it can be chosen for any disk by its name; when
 * its bundle stops, the disks that use it fall back to "none" with every bio intact, since the block layer keeps its own list of
 * what a scheduler has.
 */
public interface IoScheduler {

    /** The weight of a holder that does not say. */
    int DEFAULT_WEIGHT = 100;

    /** Lower case letters, digits and -; unique among schedulers. "none", "deadline" and "fair" are taken. */
    String name();

    /** Makes the order for one disk. */
    Order newOrder(DiskInfo disk);

    /**
     * The waiting bios of one disk, in the scheduler's order. All calls for one disk come one at a time, under the innermost
     * lock of its queue: they must be quick, must not block, and must not call the block layer. One that throws is replaced by
     * "none".
     */
    interface Order {
        /** A bio waits from now on. */
        void insert(Waiting bio);

        /**
         * The bio that goes next, which then does not wait any more; not null while one waits.
         *
         * @param nowNanos the clock by which {@link Waiting#sinceNanos} was taken
         */
        Waiting next(long nowNanos);
    }

    /** A waiting bio, as a scheduler sees it. */
    interface Waiting {
        BioOp op();

        long sector();

        long sectors();

        /** When it began to wait, in nanoseconds. */
        long sinceNanos();

        /** Identifies the handle that submitted it. */
        Object holder();

        /** The share of the disk that the holder asks for, 1 to 1000; 100 unless it says otherwise. */
        int weight();
    }
}
