/**
 * Mirroring: {@link org.unplug.driver.mirror.internal.MirrorDriver} sends requests,
 * {@link org.unplug.driver.mirror.internal.Regions} knows what differs, and
 * {@link org.unplug.driver.mirror.internal.Resync} copies it.
 */
package org.unplug.driver.mirror.internal;
