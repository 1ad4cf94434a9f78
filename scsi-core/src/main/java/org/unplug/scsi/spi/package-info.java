/**
 * SCSI for low level drivers: implement {@link org.unplug.scsi.spi.ScsiHost} and register it as a service. The core finds it,
 * scans it, and removes it inside the service's UNREGISTERING event, on the stopping thread. The whole hot-plug story of a
 * driver is its component: activation registers, and when {@code @Deactivate} runs nobody is inside the driver any more.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.2.0")
package org.unplug.scsi.spi;
