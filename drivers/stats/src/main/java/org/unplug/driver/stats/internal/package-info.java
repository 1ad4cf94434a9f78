/** Counting and measuring: {@link org.unplug.driver.stats.internal.StatsDriver}. */
package org.unplug.driver.stats.internal;
