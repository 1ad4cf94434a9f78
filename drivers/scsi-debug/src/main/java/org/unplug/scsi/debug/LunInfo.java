package org.unplug.scsi.debug;

/**
 * A unit that is in.
 *
 * @param spec as asked for, with the target and unit number that it got
 * @param bytes its capacity
 * @param unwrittenBytes what its volatile cache holds that a power cut would lose now
 * @param mediumLoaded false once it was ejected
 */
public record LunInfo(LunSpec spec, long bytes, long unwrittenBytes, boolean mediumLoaded) {}
