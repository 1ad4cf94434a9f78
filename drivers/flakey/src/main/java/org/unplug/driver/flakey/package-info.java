/**
 * A disk over a disk whose power can be cut: {@code flakey}. It keeps writes in a volatile cache of its own until they are
 * flushed, so that a cut loses them: dropped, torn or reordered, by seed. The service
 * {@link org.unplug.driver.flakey.PowerControl} cuts. Options: {@code cacheBytes} (default 64 MiB; a full cache is written down),
 * {@code seed} (default 1).
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.unplug.driver.flakey;
