/**
 * The MMC stack for drivers of host adapters: implement {@link org.unplug.mmc.spi.MmcHost} and register it as a service.
 * Start reading there.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.unplug.mmc.spi;
