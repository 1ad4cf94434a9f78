/**
 * The block layer for its callers: find a {@link org.unplug.block.Disk} as a service, open it, submit
 * {@link org.unplug.block.Bio}s on the {@link org.unplug.block.DiskHandle}, and be told as a
 * {@link org.unplug.block.Holder} when it goes away. Start reading at {@link org.unplug.block.Disk}.
 *
 * <p>A <em>sector</em> is 512 bytes everywhere, whatever a disk's logical block is.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.unplug.block;
