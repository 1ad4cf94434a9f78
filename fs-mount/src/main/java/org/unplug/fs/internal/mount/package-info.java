/**
 * What is mounted where. {@link org.unplug.fs.internal.mount.Mounts} is the table, {@code MountPoint} the life of one mount and the
 * holder of its disk; {@code MountTableComponent} publishes them.
 */
package org.unplug.fs.internal.mount;
