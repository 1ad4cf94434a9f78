/** A disk on an image file or on a block device of the host. */
package org.unplug.driver.loop;
