/**
 * MMC and SD cards for their users: a card that is ready is the service {@link org.unplug.mmc.MmcCard}, what it says of itself
 * is in {@link org.unplug.mmc.CardRegisters}. Its blocks are a disk of the block layer.
 *
 * <p>Register layouts are those of the SD Physical Layer Simplified Specification, chapter 5.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.unplug.mmc;
