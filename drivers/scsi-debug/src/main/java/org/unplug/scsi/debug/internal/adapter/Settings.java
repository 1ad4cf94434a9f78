package org.unplug.scsi.debug.internal.adapter;

import org.unplug.scsi.spi.HostLimits;

/**
 * What an adapter is like.
 *
 * @param name for people
 * @param canQueue most commands at once
 * @param cmdPerLun most of them for one unit
 * @param threads how many threads serve; 0 to serve on the submitter's thread what has no latency
 * @param latencyMicros what each command takes, besides the unit's own latency
 * @param targets how many targets there can be
 */
public record Settings(String name, int canQueue, int cmdPerLun, int threads, long latencyMicros, int targets) {

    public static final Settings DEFAULT = new Settings("scsi-debug", 256, 128, 1, 0, 8);

    public Settings {
        if (threads < 0 || threads > 64) {
            throw new IllegalArgumentException("adapter '" + name + "' with " + threads + " threads: must be 0 to 64");
        }
        if (latencyMicros < 0) {
            throw new IllegalArgumentException(
                    "adapter '" + name + "' with a latency of " + latencyMicros + " microseconds: cannot be negative");
        }
        limits(canQueue, cmdPerLun, targets);
    }

    HostLimits limits() {
        return limits(canQueue, cmdPerLun, targets);
    }

    private static HostLimits limits(int canQueue, int cmdPerLun, int targets) {
        return HostLimits.DEFAULT.withQueue(canQueue, cmdPerLun).withTopology(1, targets, 255);
    }
}
