/** A disk in memory. */
package org.unplug.driver.ram;
