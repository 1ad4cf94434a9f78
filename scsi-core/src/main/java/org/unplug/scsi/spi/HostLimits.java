package org.unplug.scsi.spi;

/**
 * What an adapter can take.
 *
 * @param canQueue most commands inside the driver at once
 * @param cmdPerLun most of them for one unit
 * @param maxSectors most sectors of 512 bytes in one command
 * @param maxSegments most buffers in one command
 * @param channels how many buses it has
 * @param targets how many targets each can have; each is asked in a scan
 * @param maxLun the greatest unit number
 * @param maxCdbBytes the longest command descriptor block: 6 to 32, usually 16
 */
public record HostLimits(
        int canQueue,
        int cmdPerLun,
        int maxSectors,
        int maxSegments,
        int channels,
        int targets,
        long maxLun,
        int maxCdbBytes) {

    /** 128 commands, 64 of them for one unit, 1 MiB in 256 buffers each; one channel of 8 targets of 256 units; commands of 16 bytes. */
    public static final HostLimits DEFAULT = new HostLimits(128, 64, 2048, 256, 1, 8, 255, 16);

    public HostLimits {
        if (canQueue < 1 || canQueue > 65536 || cmdPerLun < 1) {
            throw new IllegalArgumentException("an adapter that takes " + canQueue + " commands, " + cmdPerLun
                    + " for a unit: must be 1 to 65536, and at least 1");
        }
        if (maxSectors < 8 || maxSegments < 1) {
            throw new IllegalArgumentException("a command of " + maxSectors + " sectors in " + maxSegments
                    + " segments: must hold at least 8 sectors in 1 segment");
        }
        if (channels < 1 || targets < 1 || maxLun < 0 || maxLun > 16383) {
            throw new IllegalArgumentException("an adapter of " + channels + " channels, " + targets
                    + " targets and greatest unit " + maxLun + ": must be at least 1, at least 1, and 0 to 16383");
        }
        if (maxCdbBytes < 6 || maxCdbBytes > 32) {
            throw new IllegalArgumentException("commands of up to " + maxCdbBytes + " bytes: must be 6 to 32");
        }
    }

    public HostLimits withQueue(int total, int perLun) {
        return new HostLimits(total, perLun, maxSectors, maxSegments, channels, targets, maxLun, maxCdbBytes);
    }

    public HostLimits withTransfer(int sectors, int segments) {
        return new HostLimits(canQueue, cmdPerLun, sectors, segments, channels, targets, maxLun, maxCdbBytes);
    }

    public HostLimits withTopology(int newChannels, int newTargets, long newMaxLun) {
        return new HostLimits(
                canQueue, cmdPerLun, maxSectors, maxSegments, newChannels, newTargets, newMaxLun, maxCdbBytes);
    }

    public HostLimits withCdbs(int maxBytes) {
        return new HostLimits(canQueue, cmdPerLun, maxSectors, maxSegments, channels, targets, maxLun, maxBytes);
    }
}
