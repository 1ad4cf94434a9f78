/**
 * A disk over a disk that fails requests by rule: {@code error}. Its configuration gives the first
 * {@link org.unplug.driver.error.ErrorRule}; the service {@link org.unplug.driver.error.ErrorControl} arms others.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.unplug.driver.error;
