/**
 * A disk on an NBD server. {@link org.unplug.driver.nbd.NbdDriver} is the driver; its {@link org.unplug.driver.nbd.Link}s are
 * connections that come again by themselves; {@link org.unplug.driver.nbd.Attachment} adds the disk, takes it away when the
 * server is gone for too long, and adds a new one when it is back.
 */
package org.unplug.driver.nbd;
