/** Partitions: disks over disks, found by {@link org.unplug.block.internal.partition.Partitions}. */
package org.unplug.block.internal.partition;
