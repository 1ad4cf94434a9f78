/**
 * Disks served to NBD clients. Each factory configuration of {@code org.unplug.export.nbd} is one server, which registers as
 * an {@link org.unplug.export.nbd.NbdServer}; start reading there.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.unplug.export.nbd;
