/**
 * The disks: their table ({@link org.unplug.block.internal.genhd.DiskTable}), one disk's life
 * ({@link org.unplug.block.internal.genhd.Gendisk}) and its removal ({@link org.unplug.block.internal.genhd.DiskRemoval}).
 *
 * <p>Lock order: table, disk, queue. Nothing outside of this bundle is called under any of them.
 */
package org.unplug.block.internal.genhd;
