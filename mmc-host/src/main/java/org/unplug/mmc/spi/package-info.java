/** What a host adapter's driver implements; register an MmcHost and the core finds its card. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.unplug.mmc.spi;
