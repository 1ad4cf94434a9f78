/** SCSI devices as services: addresses, states, command blocks and sense data. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.unplug.scsi;
