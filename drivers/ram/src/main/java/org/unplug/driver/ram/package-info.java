/** A disk in memory: {@link org.unplug.driver.ram.RamDriver} behind ten lines of component. The shortest driver there is. */
package org.unplug.driver.ram;
