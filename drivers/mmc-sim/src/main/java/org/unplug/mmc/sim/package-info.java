/**
 * Slots with simulated SD cards, for people, scripts and laboratories: {@link org.unplug.mmc.sim.MmcSlots} is a service.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.1.0")
package org.unplug.mmc.sim;
