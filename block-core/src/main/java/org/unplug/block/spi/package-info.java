/**
 * The block layer for drivers: implement {@link org.unplug.block.spi.DiskDriver} and add it with
 * {@link org.unplug.block.Disks#add}. The whole hot-plug story of a driver is its component: the constructor adds,
 * {@code @Deactivate} removes.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.1.0")
package org.unplug.block.spi;
