/** The mount table; each mount is a java.nio.file.FileSystem service. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.unplug.fs;
