/**
 * A SCSI adapter made of software: units of memory or image files that can be put in and pulled out. Start reading at
 * {@link org.unplug.scsi.debug.ScsiDebug}, a service for each adapter.
 *
 * <p>Configuration: PID {@code org.unplug.scsi.debug} for the adapter that is always there, factory PID
 * {@code org.unplug.scsi.debug.host} for each further one. Keys: {@code name}, {@code canQueue}, {@code cmdPerLun},
 * {@code threads}, {@code latencyMicros}, {@code targets}, {@code luns}, a list of texts that
 * {@link org.unplug.scsi.debug.LunSpec#parseAll} reads, and {@code rules}, a list of texts that
 * {@link org.unplug.scsi.debug.Rule#parse} reads. Without configuration there is one adapter with no unit.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.1.0")
package org.unplug.scsi.debug;
