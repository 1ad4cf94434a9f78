/**
 * FAT12, FAT16 and FAT32 with long names (VFAT), after Microsoft's FAT specification 1.03 of December 2000, with the volume
 * states that Linux and Windows keep beside it. Start reading at {@link org.unplug.fs.internal.fat.FatSuperBlock}.
 */
package org.unplug.fs.internal.fat;
