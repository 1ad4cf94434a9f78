/**
 * For tests of disks over disks: {@link org.unplug.driver.testkit.Rig} is a block layer without a framework,
 * {@link org.unplug.driver.testkit.Platter} a disk to fill, stall and kill, {@link org.unplug.driver.testkit.Load} a verified
 * load, and {@link org.unplug.driver.testkit.StackContract} what every such disk must keep.
 */
package org.unplug.driver.testkit;
