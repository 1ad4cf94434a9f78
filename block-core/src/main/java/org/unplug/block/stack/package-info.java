/**
 * Disks over disks. A {@link org.unplug.block.stack.Filter} makes a driver whose medium is another disk's handle;
 * {@link org.unplug.block.stack.StackedDisk} opens the lower disks, adds the upper one and passes removal upwards;
 * {@link org.unplug.block.stack.StackWatch} does so whenever the lower disks' services are there. To write one, extend
 * {@link org.unplug.block.stack.PassDriver} and begin by reading {@link org.unplug.block.stack.Passage}.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.unplug.block.stack;
