/** Cards as services: what a caller may ask of an MMC or SD card. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.unplug.mmc;
