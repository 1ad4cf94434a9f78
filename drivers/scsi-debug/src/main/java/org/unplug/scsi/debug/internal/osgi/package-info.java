/** The thin shell: configuration in, services out. */
package org.unplug.scsi.debug.internal.osgi;
