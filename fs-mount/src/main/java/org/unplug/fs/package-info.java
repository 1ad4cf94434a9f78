/**
 * File systems on disks that may be pulled out: mount a disk with {@link org.unplug.fs.MountTable}, then use the
 * {@link java.nio.file.FileSystem} that is registered as a service for each mount. Start reading at
 * {@link org.unplug.fs.MountTable}.
 *
 * <p>Once a mounted disk is gone, every operation on its file system fails at once with
 * {@link org.unplug.fs.DiskGoneException}, and unmounting succeeds.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.1.0")
package org.unplug.fs;
