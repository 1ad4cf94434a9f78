/**
 * For authors of file systems: register a {@link org.unplug.fs.spi.FileSystemType} as a service and the mount table can
 * probe, format and mount it. A file system reads and writes its disk through a {@link org.unplug.fs.spi.Volume}, which is
 * the page cache, and answers the calls of {@link org.unplug.fs.spi.SuperBlock}.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.1.0")
package org.unplug.fs.spi;
