/**
 * A disk over a disk with a limit of bytes and requests per second: {@code rate}. Options: {@code bytesPerSecond} and
 * {@code iops} (0, the default, is no limit), {@code burstMs} (what may be saved up while idle, default 100).
 */
package org.unplug.driver.rate;
