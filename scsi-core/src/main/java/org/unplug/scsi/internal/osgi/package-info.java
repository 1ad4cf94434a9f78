/** The thin shell: services in, services out. */
package org.unplug.scsi.internal.osgi;
