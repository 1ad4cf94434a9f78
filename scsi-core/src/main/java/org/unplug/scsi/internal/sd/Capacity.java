package org.unplug.scsi.internal.sd;

/**
 * What READ CAPACITY says.
 *
 * @param blocks how many logical blocks there are
 * @param blockBytes how long each is
 */
record Capacity(long blocks, int blockBytes) {}
