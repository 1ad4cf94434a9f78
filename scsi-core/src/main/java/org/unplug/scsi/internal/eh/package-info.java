/** The error handler's ladder, one for each host. Start reading at {@link org.unplug.scsi.internal.eh.ErrorHandler}. */
package org.unplug.scsi.internal.eh;
