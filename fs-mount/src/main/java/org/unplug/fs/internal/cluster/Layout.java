package org.unplug.fs.internal.cluster;

/** Where clusters are on a volume. Immutable; any thread. */
public interface Layout {
    /** Clusters are numbered from here. */
    int FIRST_CLUSTER = 2;

    /** "FAT" or "exFAT", for messages. */
    String family();

    /** As "fat32". */
    String variant();

    /** The allocation unit. */
    int clusterBytes();

    /** How many there are. */
    int clusters();

    /** Where the first one is. */
    long dataOffset();

    /** Whether there is a cluster of this number. */
    default boolean holds(long cluster) {
        return cluster >= FIRST_CLUSTER && cluster < (long) clusters() + FIRST_CLUSTER;
    }

    /** Where a cluster is. */
    default long offset(int cluster) {
        return dataOffset() + (long) (cluster - FIRST_CLUSTER) * clusterBytes();
    }

    /** How many clusters so many bytes take: at most what a volume of this layout has, and one more. */
    default int clustersOf(long bytes) {
        return (int) Math.min(clusters() + 1L, (bytes + clusterBytes() - 1) / clusterBytes());
    }

    default Damaged damaged(String disk, String why) {
        return new Damaged(disk, family(), why);
    }
}
