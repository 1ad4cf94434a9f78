/**
 * A disk over a disk that counts requests and measures latencies: {@code stats}. It has no options; what it measured is told by
 * the service {@link org.unplug.driver.stats.DiskStats}.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.unplug.driver.stats;
