/** Logging writes: {@link org.unplug.driver.log.internal.Journal}. */
package org.unplug.driver.log.internal;
