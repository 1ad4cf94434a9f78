package org.unplug.lab.museum.internal.protocol;

import org.unplug.block.BlockStatus;

/**
 * What the steps of an era act upon: one disk with its objects, its queue and its driver. Every method does one thing that a kernel
 * of some era does, takes no lock that a caller could hold, and may throw
 * {@link org.unplug.lab.museum.internal.memory.Slab.Oopsed}.
 */
public interface Mechanism {

    /** Whether a new open finds the disk. */
    boolean isLinked();

    /** Reads the upper driver's own data (mmc_blk_data, scsi_disk) as an open does. */
    void useUpperData();

    /** One more opener or driver keeps the upper driver's data and the gendisk. */
    void getDisk();

    /** One less; the last one runs the era's table of the last put. */
    void putDisk();

    /** The opener keeps the queue's memory. */
    void getQueue();

    /** Gives up a reference to the queue; the last one frees it. */
    void putQueue();

    /** Reads a field of the request queue, the backing device information in it included. */
    void useQueue();

    /** Writes back what holders have dirty, without a bound, on the removing thread. */
    void syncHolders();

    /** Tells holders that the disk goes in order, whatever really happened, without a bound. */
    void tellHolders();

    /** Forgets where partitions begin: from now on their requests go to sector 0 onwards. */
    void dropPartitionOffsets();

    /** Withdraws the partitions. */
    void deletePartitions();

    /** Withdraws the disk: no new open finds it. */
    void unlink();

    /** Requests that reach the driver's request function fail from now on. */
    void clearQueueData();

    /** Waits, without a bound, for the one request that the queue's thread has, and stops it. */
    void stopQueueThread();

    /** Fails what is queued and not plugged. */
    void killQueued();

    /** Submitters that look from now on are refused. */
    void markQueueDead();

    /** Frees the elevator whatever is in it. */
    void exitElevator();

    /** Frees the gendisk and the upper driver's data. */
    void freeDisk();

    /** Frees the object of the lower layer (mmc_card, scsi_device). */
    void freeDevice();

    /** Nobody enters the queue from now on. */
    void killUsage();

    /** Waits, without a bound, until nobody is in the queue. */
    void awaitDrained();

    /** From now on the lower layer lets its own commands pass only. */
    void cancelDevice();

    /** From now on the lower layer lets nothing pass. */
    void deleteDevice();

    /** Flushes the device's cache. */
    void synchronizeCache();

    /** Frees the driver's object. */
    void freeDriver();

    /** Answers EIO if the queue is marked dead; null lets it pass. */
    BlockStatus testQueueDead();

    /** Counts the submitter in, or answers EIO if usage was killed. */
    BlockStatus enterQueue(Ride ride);

    /** Adds the beginning of the partition. */
    BlockStatus remap(Ride ride);

    /** Puts the request into the elevator, which plugs a queue that was empty. */
    BlockStatus elevate(Ride ride);

    /** Gives the request to the driver on the submitter's thread. */
    BlockStatus direct(Ride ride);

    /** Calls the object that was got from the service registry, whether it is still registered or not. */
    BlockStatus callObject(Ride ride);

    /** Waits until there is a service that fits, this or another, or five minutes have passed. */
    BlockStatus awaitService(Ride ride);

    /** Answers EIO if the queue's data were cleared. */
    BlockStatus testQueueData();

    /** Answers EIO unless the device runs. */
    BlockStatus testDeviceState();

    /** A request on its way through the table of submission. */
    interface Ride {}
}
