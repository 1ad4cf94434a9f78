/**
 * Two or more disks with the same content as one, RAID 1: {@code mirror}. Options: {@code disk} (their names; the first that is there
 * is the source), {@code sync} ({@code full}, the default: the others are copied from the first at the start; {@code clean}: they are
 * equal already), {@code degraded} (begin with what is there; default false: wait for all), {@code regionKiB} (what the
 * write-intent bitmap tells apart, default 64, more on large disks). The service
 * {@link org.unplug.driver.mirror.MirrorControl} shows the legs.
 *
 * <p>A leg that dies is dropped; one that comes back, by identity, is brought up to date while the disk is in use, where a few
 * samples of what should be equal are: in the regions that were written, else as a whole. The bitmap is kept in memory, so that after
 * a restart of the mirror everything is copied.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.unplug.driver.mirror;
