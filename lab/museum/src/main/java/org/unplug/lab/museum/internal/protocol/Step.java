package org.unplug.lab.museum.internal.protocol;

import java.util.function.Consumer;

/** A step of opening, removing or closing, named as the kernel function that makes it. */
// The actions are functions without state.
@SuppressWarnings("ImmutableEnumChecker")
public enum Step {
    /** mmc_blk_get before 2021: reads through the disk's private data without any reference; kref's third rule broken. */
    MMC_BLK_GET("mmc_blk_get", disk -> {
        disk.useUpperData();
        disk.getDisk();
    }),
    /** The look-up and the reference are one step under a lock. */
    GET_DISK("get_gendisk", Mechanism::getDisk),
    /** Inferred: the posted patch let an open block device keep its queue. */
    BLK_GET_QUEUE("blk_get_queue", Mechanism::getQueue),

    FSYNC_BDEV("del_gendisk > fsync_bdev", Mechanism::syncHolders),
    BDEV_MARK_DEAD("del_gendisk > blk_report_disk_dead(surprise=false)", Mechanism::tellHolders),
    DROP_PARTITION_OFFSETS("del_gendisk > delete_partition", disk -> {
        disk.dropPartitionOffsets();
        disk.deletePartitions();
    }),
    DELETE_PARTITIONS("del_gendisk > delete_partition", Mechanism::deletePartitions),
    UNLINK_GENDISK("del_gendisk > unlink_gendisk", Mechanism::unlink),
    CLEAR_QUEUEDATA("mmc_cleanup_queue", Mechanism::clearQueueData),
    SCSI_CLEAR_QUEUEDATA("__scsi_remove_device", Mechanism::clearQueueData),
    KTHREAD_STOP("mmc_cleanup_queue > kthread_stop", Mechanism::stopQueueThread),
    MMC_REQUEST_KILLS("mmc_request", Mechanism::killQueued),
    SET_QUEUE_DEAD("blk_cleanup_queue", Mechanism::markQueueDead),
    ELEVATOR_EXIT("blk_cleanup_queue > elevator_exit", Mechanism::exitElevator),
    BLK_PUT_QUEUE("blk_cleanup_queue > blk_put_queue", Mechanism::putQueue),
    SET_GD_DEAD("del_gendisk > __blk_mark_disk_dead", Mechanism::killUsage),
    FREEZE_WAIT("del_gendisk > blk_mq_freeze_queue_wait", Mechanism::awaitDrained),
    SET_CANCEL("scsi_device_set_state(SDEV_CANCEL)", Mechanism::cancelDevice),
    SET_DEL("scsi_device_set_state(SDEV_DEL)", Mechanism::deleteDevice),
    SD_SHUTDOWN("sd_remove > sd_shutdown", Mechanism::synchronizeCache),
    MMC_BLK_PUT("mmc_blk_put", Mechanism::putDisk),
    SCSI_DISK_PUT("scsi_disk_put", Mechanism::putDisk),
    PUT_DEVICE("put_device", Mechanism::freeDevice),
    PUT_DISK("put_disk", Mechanism::freeDisk),

    /** The mapping's backing device information is a field of the queue. */
    SYNC_BLOCKDEV("blkdev_put > sync_blockdev", Mechanism::useQueue),
    /** 3.1-rc: the last close switches the inode away from the queue's backing device information. */
    SWITCH_BDI("__blkdev_put > bdev_inode_switch_bdi", Mechanism::useQueue),

    UNREGISTER("ServiceRegistration.unregister", disk -> {
        disk.deletePartitions();
        disk.unlink();
    }),
    DESTROY_DRIVER("@Deactivate", disk -> {
        disk.freeDriver();
        disk.freeDisk();
    });

    private final String function;
    private final Consumer<Mechanism> action;

    Step(String function, Consumer<Mechanism> action) {
        this.function = function;
        this.action = action;
    }

    /** Innermost function last, callers before it, joined by " > ". */
    public String function() {
        return function;
    }

    public void act(Mechanism disk) {
        action.accept(disk);
    }
}
