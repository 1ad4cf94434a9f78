/** The mid layer: adapters, scan, states, dispatch, removal. Start reading at {@link org.unplug.scsi.internal.midlayer.Core}. */
package org.unplug.scsi.internal.midlayer;
