/** A slot with a simulated SD card. */
package org.unplug.driver.mmcsim;
