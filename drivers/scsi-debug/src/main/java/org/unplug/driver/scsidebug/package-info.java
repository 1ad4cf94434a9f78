/** A SCSI adapter with logical units in memory or on an image file. */
package org.unplug.driver.scsidebug;
