/**
 * SCSI for its callers: each logical unit that the core finds behind a host adapter is a service
 * {@link org.unplug.scsi.ScsiDevice}; the core itself is {@link org.unplug.scsi.ScsiBus}. What travels on the bus is decoded by
 * {@link org.unplug.scsi.Cdb} and {@link org.unplug.scsi.SenseData}. Start reading at {@link org.unplug.scsi.ScsiDevice}.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.3.0")
package org.unplug.scsi;
