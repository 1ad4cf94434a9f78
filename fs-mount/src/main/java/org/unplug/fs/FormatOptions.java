package org.unplug.fs;

import java.util.Objects;

/**
 * How to make a file system. Immutable.
 *
 * @param type as "vfat", or a variant of it, as "fat32"; "vfat" chooses the variant by the size
 * @param label of the volume, or empty for none
 * @param clusterBytes size of the allocation unit, a power of two; 0 chooses by the size
 * @param volumeId the serial number that the volume gets; 0 makes one from the clock
 */
public record FormatOptions(String type, String label, int clusterBytes, int volumeId) {

    public FormatOptions {
        Objects.requireNonNull(type);
        Objects.requireNonNull(label);
        if (clusterBytes < 0 || Integer.bitCount(clusterBytes) > 1) {
            throw new IllegalArgumentException("cluster of " + clusterBytes + " bytes: must be a power of two");
        }
    }

    public static FormatOptions of(String type) {
        return new FormatOptions(type, "", 0, 0);
    }

    public FormatOptions withLabel(String newLabel) {
        return new FormatOptions(type, newLabel, clusterBytes, volumeId);
    }

    public FormatOptions withClusterBytes(int bytes) {
        return new FormatOptions(type, label, bytes, volumeId);
    }

    public FormatOptions withVolumeId(int id) {
        return new FormatOptions(type, label, clusterBytes, id);
    }
}
