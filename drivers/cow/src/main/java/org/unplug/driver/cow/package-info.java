/**
 * A writable snapshot of a disk that itself is not changed: {@code cow}. Options: {@code disk} names the origin and, optionally,
 * the disk that takes the writes; without one memory does, up to {@code maxBytes} (default 256 MiB), beyond which writes fail
 * NOSPACE. What is where is kept in memory only: when the snapshot goes, what was written to it is gone.
 *
 * <p>The origin is opened for reading. Nothing keeps others from writing to it; what they write shows through.
 */
package org.unplug.driver.cow;
