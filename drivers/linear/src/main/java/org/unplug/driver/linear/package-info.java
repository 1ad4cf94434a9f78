/**
 * Several disks one after another as one: {@code linear}. Option {@code disk}: their names, in order. When any of them goes,
 * the whole goes.
 */
package org.unplug.driver.linear;
