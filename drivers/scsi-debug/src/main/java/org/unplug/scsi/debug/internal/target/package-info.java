/**
 * A SCSI device server for disks, in plain Java: {@link org.unplug.scsi.debug.internal.target.TargetDevice} takes commands for its
 * {@link org.unplug.scsi.debug.internal.target.LogicalUnit}s, whose blocks are in a
 * {@link org.unplug.scsi.debug.internal.target.Store}. It knows no adapter.
 */
package org.unplug.scsi.debug.internal.target;
