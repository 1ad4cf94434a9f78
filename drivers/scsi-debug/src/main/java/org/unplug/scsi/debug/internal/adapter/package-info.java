/** The adapter: queue, threads, units in and out. Start reading at {@link org.unplug.scsi.debug.internal.adapter.DebugAdapter}. */
package org.unplug.scsi.debug.internal.adapter;
