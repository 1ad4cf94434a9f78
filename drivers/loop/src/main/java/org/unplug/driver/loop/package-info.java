/**
 * A disk on an image file or a block device of the host: {@link org.unplug.driver.loop.Image} opens and checks it,
 * {@link org.unplug.driver.loop.LoopDriver} does the work, {@link org.unplug.driver.loop.LoopDisk} is the component.
 */
package org.unplug.driver.loop;
