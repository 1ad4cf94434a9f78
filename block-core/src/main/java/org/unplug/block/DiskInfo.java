package org.unplug.block;

import org.unplug.block.spi.QueueLimits;

/**
 * What a disk is: values copied when it was added, good for ever, also after its driver is gone.
 *
 * @param name as "sda" or "mmcblk0p1"; unique among disks that are not yet released
 * @param number unique like the name; reused after release
 * @param epoch this incarnation's own number, never reused: the same card inserted again has another
 * @param capacitySectors in sectors of 512 bytes
 * @param limits what its driver takes at once and can do; the block layer splits what is larger, so nobody has to heed it, but
 *     whoever does saves the splitting
 * @param readOnly writes fail PROTECTED
 * @param removable the medium can be taken out
 * @param bus as "mmc", "scsi", "ram"
 * @param driver the bundle that drives it
 * @param model what the device calls itself, or empty
 * @param serial tells this device from others of its model, or empty
 * @param parent the name of the disk that this one is a part of, or empty
 * @param startSector where it begins on its parent, else 0
 */
public record DiskInfo(
        String name,
        int number,
        long epoch,
        long capacitySectors,
        QueueLimits limits,
        boolean readOnly,
        boolean removable,
        String bus,
        String driver,
        String model,
        String serial,
        String parent,
        long startSector) {

    /** Bytes in a sector, everywhere. */
    public static final int SECTOR_BYTES = 512;

    /** The same disk with another capacity. */
    public DiskInfo withCapacitySectors(long sectors) {
        return new DiskInfo(
                name,
                number,
                epoch,
                sectors,
                limits,
                readOnly,
                removable,
                bus,
                driver,
                model,
                serial,
                parent,
                startSector);
    }

    /** The least unit of addressing, 512 to 4096, a power of two: sectors and lengths are multiples of it. */
    public int logicalBlockBytes() {
        return limits.logicalBlockBytes();
    }

    /** Whether the device may acknowledge writes before they are durable. */
    public boolean writeCache() {
        return limits.writeCache();
    }

    public long capacityBytes() {
        return capacitySectors * SECTOR_BYTES;
    }
}
