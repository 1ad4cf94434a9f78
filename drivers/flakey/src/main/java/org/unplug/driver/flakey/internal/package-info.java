/** The cache that a power cut loses: {@link org.unplug.driver.flakey.internal.VolatileCache}. */
package org.unplug.driver.flakey.internal;
