/** The thin shell of services and bundle events around the disks; start at {@link org.unplug.block.internal.osgi.BlockLayer}. */
package org.unplug.block.internal.osgi;
