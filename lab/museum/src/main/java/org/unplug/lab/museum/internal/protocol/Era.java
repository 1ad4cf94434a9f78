package org.unplug.lab.museum.internal.protocol;

import static org.unplug.lab.museum.internal.protocol.Entry.BIO_QUEUE_ENTER;
import static org.unplug.lab.museum.internal.protocol.Entry.ELV_MERGE;
import static org.unplug.lab.museum.internal.protocol.Entry.PROXY;
import static org.unplug.lab.museum.internal.protocol.Entry.READ_QUEUE;
import static org.unplug.lab.museum.internal.protocol.Entry.REMAP;
import static org.unplug.lab.museum.internal.protocol.Entry.SCSI_STATE;
import static org.unplug.lab.museum.internal.protocol.Entry.SCSI_TEST_QUEUEDATA;
import static org.unplug.lab.museum.internal.protocol.Entry.STALE_OBJECT;
import static org.unplug.lab.museum.internal.protocol.Entry.SUBMIT;
import static org.unplug.lab.museum.internal.protocol.Entry.TEST_DEAD;
import static org.unplug.lab.museum.internal.protocol.Entry.TEST_QUEUEDATA;
import static org.unplug.lab.museum.internal.protocol.Step.BDEV_MARK_DEAD;
import static org.unplug.lab.museum.internal.protocol.Step.BLK_GET_QUEUE;
import static org.unplug.lab.museum.internal.protocol.Step.BLK_PUT_QUEUE;
import static org.unplug.lab.museum.internal.protocol.Step.CLEAR_QUEUEDATA;
import static org.unplug.lab.museum.internal.protocol.Step.DELETE_PARTITIONS;
import static org.unplug.lab.museum.internal.protocol.Step.DESTROY_DRIVER;
import static org.unplug.lab.museum.internal.protocol.Step.DROP_PARTITION_OFFSETS;
import static org.unplug.lab.museum.internal.protocol.Step.ELEVATOR_EXIT;
import static org.unplug.lab.museum.internal.protocol.Step.FREEZE_WAIT;
import static org.unplug.lab.museum.internal.protocol.Step.FSYNC_BDEV;
import static org.unplug.lab.museum.internal.protocol.Step.GET_DISK;
import static org.unplug.lab.museum.internal.protocol.Step.KTHREAD_STOP;
import static org.unplug.lab.museum.internal.protocol.Step.MMC_BLK_GET;
import static org.unplug.lab.museum.internal.protocol.Step.MMC_BLK_PUT;
import static org.unplug.lab.museum.internal.protocol.Step.MMC_REQUEST_KILLS;
import static org.unplug.lab.museum.internal.protocol.Step.PUT_DEVICE;
import static org.unplug.lab.museum.internal.protocol.Step.PUT_DISK;
import static org.unplug.lab.museum.internal.protocol.Step.SCSI_CLEAR_QUEUEDATA;
import static org.unplug.lab.museum.internal.protocol.Step.SCSI_DISK_PUT;
import static org.unplug.lab.museum.internal.protocol.Step.SD_SHUTDOWN;
import static org.unplug.lab.museum.internal.protocol.Step.SET_CANCEL;
import static org.unplug.lab.museum.internal.protocol.Step.SET_DEL;
import static org.unplug.lab.museum.internal.protocol.Step.SET_GD_DEAD;
import static org.unplug.lab.museum.internal.protocol.Step.SET_QUEUE_DEAD;
import static org.unplug.lab.museum.internal.protocol.Step.SWITCH_BDI;
import static org.unplug.lab.museum.internal.protocol.Step.SYNC_BLOCKDEV;
import static org.unplug.lab.museum.internal.protocol.Step.UNLINK_GENDISK;
import static org.unplug.lab.museum.internal.protocol.Step.UNREGISTER;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A removal protocol as tables: what an open does, what a request passes, what a removal does, what a close does, and what the last
 * reference does. Who frees what, and when, and who counts, is the order of the steps and nothing else; the machinery that makes
 * them is the same for all.
 *
 * <p>Facts, names and orders are those of the named kernel sources and threads; no code was copied. What is only inferred says so.
 */
// The lists are unmodifiable.
@SuppressWarnings("ImmutableEnumChecker")
public enum Era {
    /**
     * MMC of Linux 2.6.28 (drivers/mmc/card/block.c, queue.c, block/blk-core.c): mmc_blk_remove runs del_gendisk, whose fsync_bdev
     * writes onto the absent card; mmc_cleanup_queue stops mmcqd, which does not see what is plugged; blk_cleanup_queue marks the
     * queue dead, exits the elevator <em>always</em> and puts the queue, normally the last reference. The gendisk of a mounted disk
     * survives with its queue dangling. The report of October 2009 is about this.
     */
    MMC_2_6_28(
            "mmc-2.6.28",
            "MMC, Linux 2.6.28",
            Bus.MMC,
            Origin.READ,
            "use of the freed queue by whoever has the disk mounted",
            List.of(MMC_BLK_GET),
            List.of(READ_QUEUE, TEST_DEAD, REMAP, ELV_MERGE),
            List.of(TEST_QUEUEDATA),
            List.of(
                    FSYNC_BDEV,
                    DELETE_PARTITIONS,
                    UNLINK_GENDISK,
                    CLEAR_QUEUEDATA,
                    KTHREAD_STOP,
                    SET_QUEUE_DEAD,
                    ELEVATOR_EXIT,
                    BLK_PUT_QUEUE,
                    MMC_BLK_PUT,
                    PUT_DEVICE),
            List.of(SYNC_BLOCKDEV, MMC_BLK_PUT),
            List.of(PUT_DISK)),

    /**
     * As {@link #MMC_2_6_28} with the two patches posted in October 2009 (fs/block_dev.c +20 -4, block/blk-core.c +9). Their bodies
     * are not known to us: <em>inferred</em> from the mail is that an open block device keeps the queue's memory and that the block
     * layer refuses what comes for a dead queue. The elevator still goes at once, between a submitter's test and its use.
     */
    MMC_2_6_28_PATCHED(
            "mmc-2.6.28-patched",
            "MMC, Linux 2.6.28 and the two posted patches (inferred)",
            Bus.MMC,
            Origin.INFERRED,
            "use of the freed elevator by a submitter that had tested the queue",
            List.of(MMC_BLK_GET, BLK_GET_QUEUE),
            List.of(READ_QUEUE, TEST_DEAD, REMAP, ELV_MERGE),
            List.of(TEST_QUEUEDATA),
            MMC_2_6_28.remove,
            List.of(SYNC_BLOCKDEV, MMC_BLK_PUT, BLK_PUT_QUEUE),
            List.of(PUT_DISK)),

    /**
     * MMC of Linux 2.6.32: blk_cleanup_queue went into the last mmc_blk_put, so that queue and elevator live as long as somebody has
     * the disk open. mmc_blk_get still reads without a reference; that was found by KASAN and became a kref in 2021 (81840b194).
     */
    MMC_2_6_32(
            "mmc-2.6.32",
            "MMC, Linux 2.6.32",
            Bus.MMC,
            Origin.READ,
            "use of freed mmc_blk_data by an open that found the disk just before its last put",
            List.of(MMC_BLK_GET),
            List.of(READ_QUEUE, TEST_DEAD, REMAP, ELV_MERGE),
            List.of(TEST_QUEUEDATA),
            List.of(
                    FSYNC_BDEV,
                    DELETE_PARTITIONS,
                    UNLINK_GENDISK,
                    CLEAR_QUEUEDATA,
                    KTHREAD_STOP,
                    MMC_REQUEST_KILLS,
                    MMC_BLK_PUT,
                    PUT_DEVICE),
            List.of(SYNC_BLOCKDEV, MMC_BLK_PUT),
            List.of(SET_QUEUE_DEAD, ELEVATOR_EXIT, BLK_PUT_QUEUE, PUT_DISK)),

    /**
     * SCSI of Linux 2.6.28 (drivers/scsi/scsi_sysfs.c, sd.c): CANCEL lets internal commands pass only and comes before del_gendisk, so
     * that the file system's dirty pages are rejected while the drive's cache is flushed; then DEL. The queue goes at the last put.
     * Nobody waits for what is in flight.
     */
    SCSI_2_6_28(
            "scsi-2.6.28",
            "SCSI, Linux 2.6.28",
            Bus.SCSI,
            Origin.READ,
            "an orderly removal rejects the file system's dirty pages, and returns with requests in flight",
            List.of(GET_DISK),
            List.of(READ_QUEUE, TEST_DEAD, REMAP, ELV_MERGE),
            List.of(SCSI_STATE),
            List.of(SET_CANCEL, FSYNC_BDEV, DELETE_PARTITIONS, UNLINK_GENDISK, SD_SHUTDOWN, SET_DEL, SCSI_DISK_PUT),
            List.of(SYNC_BLOCKDEV, SCSI_DISK_PUT),
            List.of(SET_QUEUE_DEAD, ELEVATOR_EXIT, BLK_PUT_QUEUE, PUT_DEVICE, PUT_DISK)),

    /**
     * SCSI of Linux 3.1-rc, as commit 523e1d399ce0 (October 2011) tells it: the gendisk does not hold its queue; the last close of a
     * deleted device releases the device and with it the queue, and then switches the inode away from the queue's backing device
     * information. Mount, delete, umount: oops.
     */
    SCSI_3_1_RC(
            "scsi-3.1-rc",
            "SCSI, Linux 3.1-rc",
            Bus.SCSI,
            Origin.READ,
            "use of the freed queue by the last close: umount oopses",
            List.of(GET_DISK),
            List.of(READ_QUEUE, TEST_DEAD, REMAP, ELV_MERGE),
            List.of(SCSI_TEST_QUEUEDATA, SCSI_STATE),
            List.of(
                    SET_CANCEL,
                    FSYNC_BDEV,
                    DELETE_PARTITIONS,
                    UNLINK_GENDISK,
                    SD_SHUTDOWN,
                    SET_DEL,
                    SCSI_CLEAR_QUEUEDATA,
                    SET_QUEUE_DEAD,
                    SCSI_DISK_PUT),
            List.of(SYNC_BLOCKDEV, SCSI_DISK_PUT, SWITCH_BDI),
            List.of(ELEVATOR_EXIT, BLK_PUT_QUEUE, PUT_DEVICE, PUT_DISK)),

    /**
     * The partition mistake that fdfa20c16312 (2013) mended: del_gendisk dropped the partitions' offsets while the queue lived, and a
     * write that came then - of an umount - landed from sector 0 on, over the partition table.
     */
    PARTITION_2013(
            "partition-2013",
            "partitions, Linux before fdfa20c16312 (2013)",
            Bus.ANY,
            Origin.READ,
            "a write to a partition lands on sector 0 and destroys the partition table",
            List.of(GET_DISK),
            List.of(READ_QUEUE, TEST_DEAD, REMAP, ELV_MERGE),
            List.of(TEST_QUEUEDATA),
            List.of(
                    FSYNC_BDEV,
                    DROP_PARTITION_OFFSETS,
                    UNLINK_GENDISK,
                    CLEAR_QUEUEDATA,
                    KTHREAD_STOP,
                    SET_QUEUE_DEAD,
                    MMC_BLK_PUT),
            List.of(SYNC_BLOCKDEV, MMC_BLK_PUT),
            List.of(ELEVATOR_EXIT, BLK_PUT_QUEUE, PUT_DEVICE, PUT_DISK)),

    /**
     * MMC over the block layer of Linux 7.0 (block/genhd.c): unhash, tell the holders as if the removal were orderly - nobody in MMC says
     * surprise -, refuse, drop the partitions, wait for the drain. Nothing is freed early; nothing has a deadline.
     */
    MMC_7_0(
            "mmc-7.0",
            "MMC, Linux 7.0",
            Bus.MMC,
            Origin.READ,
            "a driver that never completes keeps the removal for ever",
            List.of(GET_DISK),
            List.of(BIO_QUEUE_ENTER, REMAP, SUBMIT),
            List.of(),
            List.of(
                    UNLINK_GENDISK,
                    BDEV_MARK_DEAD,
                    SET_GD_DEAD,
                    DELETE_PARTITIONS,
                    FREEZE_WAIT,
                    ELEVATOR_EXIT,
                    MMC_BLK_PUT,
                    PUT_DEVICE),
            List.of(MMC_BLK_PUT),
            List.of(BLK_PUT_QUEUE, PUT_DISK)),

    /**
     * SCSI of Linux 7.0 (scsi_sysfs.c __scsi_remove_device, sd.c): as {@link #MMC_7_0} from del_gendisk on, but CANCEL comes first and
     * answers ENODEV to everything but power management: the drive's cache is flushed, the file system's pages are rejected.
     */
    SCSI_7_0(
            "scsi-7.0",
            "SCSI, Linux 7.0",
            Bus.SCSI,
            Origin.READ,
            "an orderly removal rejects the file system's dirty pages",
            List.of(GET_DISK),
            List.of(BIO_QUEUE_ENTER, REMAP, SUBMIT),
            List.of(SCSI_STATE),
            List.of(
                    SET_CANCEL,
                    UNLINK_GENDISK,
                    BDEV_MARK_DEAD,
                    SET_GD_DEAD,
                    DELETE_PARTITIONS,
                    FREEZE_WAIT,
                    SD_SHUTDOWN,
                    SET_DEL,
                    ELEVATOR_EXIT,
                    SCSI_DISK_PUT,
                    PUT_DEVICE),
            List.of(SCSI_DISK_PUT),
            List.of(BLK_PUT_QUEUE, PUT_DISK)),

    /**
     * A reference of OSGi's Blueprint container (compendium 121.10: a proxy blocks while there is no service, 5 minutes by default, and
     * goes on with any that fits the filter). The removal only unregisters.
     */
    BLUEPRINT(
            "blueprint",
            "OSGi, Blueprint-like blocking proxies",
            Bus.ANY,
            Origin.READ,
            "callers block for minutes, and go on with whatever disk fits the filter",
            List.of(),
            List.of(PROXY, REMAP, SUBMIT),
            List.of(),
            List.of(UNREGISTER),
            List.of(),
            List.of()),

    /** Services as most bundles use them (OSGi core 5): got once, kept in a field, called whether they are registered or not. */
    PLAIN_OSGI(
            "plain-osgi",
            "OSGi, plain services without counting",
            Bus.ANY,
            Origin.READ,
            "use of the destroyed driver by whoever keeps the service's object",
            List.of(),
            List.of(STALE_OBJECT, REMAP, SUBMIT),
            List.of(),
            List.of(UNREGISTER, DESTROY_DRIVER),
            List.of(),
            List.of());

    /** Which of the two stacks an era replaces the disks of. */
    public enum Bus {
        MMC("mmc"),
        SCSI("scsi"),
        ANY("");

        private final String prefix;

        Bus(String prefix) {
            this.prefix = prefix;
        }

        public boolean covers(String bus) {
            return bus.startsWith(prefix);
        }
    }

    /** How its steps are known. */
    public enum Origin {
        /** From the named source. */
        READ,
        /** From what was said about a source that we have not seen. */
        INFERRED
    }

    private final String id;
    private final String title;
    private final Bus bus;
    private final Origin origin;
    private final String failure;
    private final List<Step> open;
    private final List<Entry> submit;
    private final List<Entry> dispatch;
    private final List<Step> remove;
    private final List<Step> close;
    private final List<Step> lastPut;

    Era(
            String id,
            String title,
            Bus bus,
            Origin origin,
            String failure,
            List<Step> open,
            List<Entry> submit,
            List<Entry> dispatch,
            List<Step> remove,
            List<Step> close,
            List<Step> lastPut) {
        this.id = id;
        this.title = title;
        this.bus = bus;
        this.origin = origin;
        this.failure = failure;
        this.open = open;
        this.submit = submit;
        this.dispatch = dispatch;
        this.remove = remove;
        this.close = close;
        this.lastPut = lastPut;
    }

    /**
     * The era of that name.
     *
     * @throws IllegalArgumentException naming those that there are
     */
    public static Era named(String id) {
        return Arrays.stream(values())
                .filter(era -> era.id.equals(id))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no era '" + id + "'; there are "
                        + Arrays.stream(values()).map(Era::id).collect(Collectors.joining(", "))));
    }

    public String id() {
        return id;
    }

    public String title() {
        return title;
    }

    public Bus bus() {
        return bus;
    }

    public Origin origin() {
        return origin;
    }

    /** What it is known for, in words. */
    public String failure() {
        return failure;
    }

    /** What an open does to what it found. */
    public List<Step> open() {
        return open;
    }

    /** What a request passes on its submitter's thread. */
    public List<Entry> submit() {
        return submit;
    }

    /** What a request passes just before the driver. */
    public List<Entry> dispatch() {
        return dispatch;
    }

    public List<Step> remove() {
        return remove;
    }

    public List<Step> close() {
        return close;
    }

    /** What the last reference to the disk does. */
    public List<Step> lastPut() {
        return lastPut;
    }

    /** Whether one thread of the queue makes the requests, one at a time. */
    public boolean hasQueueThread() {
        return remove.contains(KTHREAD_STOP);
    }

    /** Whether an open takes references at all. */
    public boolean counts() {
        return !open.isEmpty();
    }
}
