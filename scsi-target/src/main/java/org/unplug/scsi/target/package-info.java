/**
 * A SCSI device server for disks (SAM-5, SPC-4, SBC-3), in plain Java, for whoever brings commands to it: a simulated adapter, an
 * iSCSI portal. Start reading at {@link org.unplug.scsi.target.Target}.
 *
 * <p>A {@link org.unplug.scsi.target.Target} has {@link org.unplug.scsi.target.LogicalUnit}s, each of a
 * {@link org.unplug.scsi.target.UnitSpec} over a {@link org.unplug.scsi.target.Backing}: memory, a file, or any
 * {@link org.unplug.block.Disk}. A transport joins one {@link org.unplug.scsi.target.Nexus} for each of its initiators, fills a
 * {@link org.unplug.scsi.target.Task} that it keeps and uses again, and is told of its end on whichever thread that happens. Nothing
 * waits for a disk, and what moves data in memory allocates nothing.
 *
 * <p>Inside, {@code Operations} is the table of commands: which bits of a descriptor count, what hinders it, and who executes it.
 * The same table checks descriptors, decides reservation conflicts, and answers REPORT SUPPORTED OPERATION CODES.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.unplug.scsi.target;
