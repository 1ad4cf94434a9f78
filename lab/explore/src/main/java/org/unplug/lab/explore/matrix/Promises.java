package org.unplug.lab.explore.matrix;

import java.util.EnumMap;
import java.util.Map;
import org.unplug.lab.internal.contract.Line;
import org.unplug.lab.museum.internal.protocol.Era;

/**
 * What each protocol promised, line by line, with the source. A line of our contract that nobody had promised cannot be broken; what
 * was seen of it is told all the same.
 */
final class Promises {

    private static final String KREF = "Linux, Documentation/kref";
    private static final String BIO = "Linux, Documentation/block/biodoc";

    private Promises() {}

    static Map<Line, Promise> ours() {
        Map<Line, Promise> all = new EnumMap<>(Line.class);
        for (Line line : Line.values()) {
            all.put(line, Promise.made(line.sentence(), "docs/architecture.md"));
        }
        return all;
    }

    static Map<Line, Promise> of(Era era) {
        Map<Line, Promise> all = switch (era) {
            case BLUEPRINT -> blueprint();
            case PLAIN_OSGI -> osgi();
            case MMC_7_0, SCSI_7_0 -> linux7();
            default -> linux2();
        };
        switch (era) {
            case MMC_2_6_28, MMC_2_6_28_PATCHED, MMC_2_6_32 ->
                all.put(
                        Line.R3,
                        Promise.made(
                                "no call of the host driver once mmc_remove_host has returned",
                                "Linux, drivers/mmc/core/host.c"));
            case SCSI_2_6_28, SCSI_3_1_RC -> {
                all.put(
                        Line.R3,
                        Promise.made(
                                "upper layers do not use a device once scsi_remove_device has returned",
                                "S. Richter, LKML, 21 October 2009; drivers/scsi/scsi_sysfs.c"));
                all.put(
                        Line.R8,
                        Promise.made(
                                "dirty pages are written back, and the drive's cache is flushed",
                                "del_gendisk > fsync_bdev; sd_remove > sd_shutdown"));
            }
            default -> {}
        }
        return all;
    }

    /** What every Linux promised. */
    private static Map<Line, Promise> linux() {
        Map<Line, Promise> all = new EnumMap<>(Line.class);
        all.put(Line.R2, Promise.made("the end of each request is called, once", BIO + ": bi_end_io"));
        all.put(Line.R4, Promise.none("nothing in the removal has a deadline"));
        all.put(Line.R5, Promise.made("an object is freed when its last reference is put, not before", KREF));
        all.put(Line.R7, Promise.made("a request transfers the sectors that it names", BIO));
        all.put(Line.R9, Promise.made("a read or write fails with EIO; umount succeeds", "read(2), umount(2)"));
        all.put(Line.R10, Promise.none("nothing is said of other disks; MMC had one thread for all hosts"));
        all.put(
                Line.R11,
                Promise.made("what comes back is probed anew and becomes another disk", "the drivers' probe"));
        all.put(Line.R12, Promise.made("the release function of the last reference frees everything", KREF));
        return all;
    }

    private static Map<Line, Promise> linux2() {
        Map<Line, Promise> all = linux();
        all.put(
                Line.R1,
                Promise.made("a queue that is marked dead takes no request", "block/blk-core.c: blk_cleanup_queue"));
        all.put(Line.R3, Promise.none("the block layer of that time did not wait for what is in the driver"));
        all.put(Line.R6, Promise.none("nobody was told: holder operations came with Linux 6.5"));
        all.put(Line.R8, Promise.made("dirty pages are written back before the disk goes", "del_gendisk > fsync_bdev"));
        return all;
    }

    private static Map<Line, Promise> linux7() {
        Map<Line, Promise> all = linux();
        all.put(Line.R1, Promise.made("opens and requests fail once the disk is dead", "block/genhd.c: GD_DEAD"));
        all.put(
                Line.R3,
                Promise.made(
                        "del_gendisk returns when nobody is in the queue", "block/genhd.c: blk_mq_freeze_queue_wait"));
        all.put(
                Line.R6,
                Promise.made(
                        "holders are told, and whether it was a surprise",
                        "include/linux/blkdev.h: blk_holder_ops.mark_dead"));
        all.put(Line.R8, Promise.made("holders sync first if the removal is orderly", "block/bdev.c: bdev_mark_dead"));
        return all;
    }

    private static Map<Line, Promise> nothing(String why) {
        Map<Line, Promise> all = new EnumMap<>(Line.class);
        for (Line line : Line.values()) {
            all.put(line, Promise.none(why));
        }
        return all;
    }

    private static Map<Line, Promise> blueprint() {
        Map<Line, Promise> all = nothing("a proxy stands for any service that fits, not for this one");
        all.put(
                Line.R2,
                Promise.made(
                        "a call returns, or throws ServiceUnavailableException after the time-out",
                        "OSGi Compendium, 121.10.2.1"));
        return all;
    }

    private static Map<Line, Promise> osgi() {
        return nothing("a stale service object is the affair of the bundle that keeps it (OSGi Core, 5.4)");
    }
}
