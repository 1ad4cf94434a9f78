/** The disk driver over SCSI devices. Start reading at {@link org.unplug.scsi.internal.sd.Sd}. */
package org.unplug.scsi.internal.sd;
