/** What a host adapter's driver implements; register a ScsiHost and the core scans it. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.unplug.scsi.spi;
