/**
 * A disk over a disk that logs every write with its data, flush epochs and forced unit access: {@code log}. What a power cut may
 * leave at any point is then replayed onto another disk: the service {@link org.unplug.driver.log.WriteLog}, a crash oracle.
 * Option {@code maxBytes}: of data that is kept, default 256 MiB.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.unplug.driver.log;
