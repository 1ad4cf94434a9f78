package org.unplug.fs.internal.fat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import org.unplug.fs.internal.cluster.Damaged;
import org.unplug.fs.internal.cluster.Layout;
import org.unplug.fs.spi.Volume;

/**
 * Where things are on a FAT volume, from its boot sector. Immutable, checked: every offset lies on the disk.
 *
 * @param bits 12, 16 or 32
 * @param sectorBytes the volume's own sector
 * @param clusterBytes the allocation unit
 * @param clusters how many there are; they are numbered from 2
 * @param fatOffset of the copy in use
 * @param fatBytes of one copy
 * @param mirrorCount how many other copies, behind the one in use, are kept equal to it
 * @param rootOffset of the root directory, if it is not a chain
 * @param rootSlots how many entries that has; 0 for FAT32
 * @param rootCluster where it begins for FAT32
 * @param dataOffset of cluster 2
 * @param infoOffset of the FSInfo sector, or -1
 * @param label in the boot sector, or empty
 * @param volumeId the serial number
 */
record Geometry(
        int bits,
        int sectorBytes,
        int clusterBytes,
        int clusters,
        long fatOffset,
        long fatBytes,
        int mirrorCount,
        long rootOffset,
        int rootSlots,
        int rootCluster,
        long dataOffset,
        long infoOffset,
        String label,
        int volumeId)
        implements Layout {

    private static final int MOST_FAT12 = 4084;
    private static final int MOST_FAT16 = 65_524;
    private static final int MOST_FAT32 = 0x0FFF_FFF5;

    /** Reads and checks the boot sector. Fails with {@link NotFat} if this is no FAT volume, otherwise with what is wrong. */
    static Geometry read(Volume volume) throws IOException {
        String disk = volume.disk().name();
        if (volume.bytes() < 512) {
            throw new NotFat(disk, "the disk is too small");
        }
        ByteBuffer boot = ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN);
        volume.read(0, boot);
        int sector = boot.getShort(11) & 0xFFFF;
        int perCluster = boot.get(13) & 0xFF;
        int reserved = boot.getShort(14) & 0xFFFF;
        int fats = boot.get(16) & 0xFF;
        int media = boot.get(21) & 0xFF;
        if ((boot.getShort(510) & 0xFFFF) != 0xAA55) {
            throw new NotFat(disk, "no boot sector signature");
        }
        if (sector < 512 || sector > 4096 || Integer.bitCount(sector) != 1) {
            throw new NotFat(disk, "sector size " + sector);
        }
        if (Integer.bitCount(perCluster) != 1) {
            throw new NotFat(disk, perCluster + " sectors in a cluster");
        }
        if (reserved == 0 || fats == 0 || (media != 0xF0 && media < 0xF8)) {
            throw new NotFat(
                    disk, reserved + " reserved sectors, " + fats + " FATs, media " + Integer.toHexString(media));
        }
        return of(volume, boot, sector, perCluster, reserved, fats);
    }

    private static Geometry of(Volume volume, ByteBuffer boot, int sector, int perCluster, int reserved, int fats)
            throws IOException {
        String disk = volume.disk().name();
        int rootSlots = boot.getShort(17) & 0xFFFF;
        long sectors = boot.getShort(19) & 0xFFFF;
        if (sectors == 0) {
            sectors = boot.getInt(32) & 0xFFFF_FFFFL;
        }
        long fatSectors = boot.getShort(22) & 0xFFFF;
        boolean fat32 = fatSectors == 0;
        if (fat32) {
            fatSectors = boot.getInt(36) & 0xFFFF_FFFFL;
        }
        if (fatSectors == 0) {
            throw new NotFat(disk, "FATs of 0 sectors");
        }
        if (sector < volume.unitBytes()) {
            throw damage(
                    disk, "its sectors of " + sector + " bytes are smaller than the disk's of " + volume.unitBytes());
        }
        if (sectors * sector > volume.bytes()) {
            throw damage(
                    disk,
                    "the file system of " + sectors * sector + " bytes is larger than its disk of " + volume.bytes());
        }
        if (fat32 != (rootSlots == 0) || rootSlots % (sector / 32) != 0) {
            throw damage(disk, "root directory of " + rootSlots + " entries");
        }
        long rootSectors = rootSlots * 32L / sector;
        long dataSector = reserved + fats * fatSectors + rootSectors;
        if (dataSector >= sectors) {
            throw damage(disk, "no room for data in " + sectors + " sectors: data would begin at " + dataSector);
        }
        long fatBytes = fatSectors * sector;
        long clusters = (sectors - dataSector) / perCluster;
        int bits = fat32 ? 32 : clusters > MOST_FAT12 ? 16 : 12;
        clusters = Math.min(clusters, fatBytes * 8 / bits - FIRST_CLUSTER);
        if (clusters < 1 || clusters > (bits == 32 ? MOST_FAT32 : MOST_FAT16)) {
            throw damage(disk, clusters + " clusters in FAT" + bits);
        }
        long rootCluster = fat32 ? boot.getInt(44) & 0xFFFF_FFFFL : 0;
        if (fat32 && (rootCluster < FIRST_CLUSTER || rootCluster >= clusters + FIRST_CLUSTER)) {
            throw damage(disk, "root directory at cluster " + rootCluster + " of " + clusters);
        }
        int info = fat32 ? boot.getShort(48) & 0xFFFF : 0;
        int flags = fat32 ? boot.getShort(40) & 0xFFFF : 0;
        boolean mirrored = (flags & 0x80) == 0;
        int active = mirrored ? 0 : flags & 0x0F;
        if (active >= fats) {
            throw damage(disk, "FAT " + active + " of " + fats + " in use");
        }
        int extended = fat32 ? 66 : 38;
        int signature = boot.get(extended) & 0xFF;
        return new Geometry(
                bits,
                sector,
                sector * perCluster,
                (int) clusters,
                (reserved + active * fatSectors) * sector,
                fatBytes,
                mirrored ? fats - 1 : 0,
                (reserved + fats * fatSectors) * sector,
                rootSlots,
                (int) rootCluster,
                dataSector * sector,
                info > 0 && info < reserved ? (long) info * sector : -1,
                signature == 0x29 ? text(boot, extended + 5, 11) : "",
                signature == 0x29 || signature == 0x28 ? boot.getInt(extended + 1) : 0);
    }

    private static String text(ByteBuffer from, int at, int length) {
        byte[] bytes = new byte[length];
        from.get(at, bytes);
        String label = new String(bytes, StandardCharsets.ISO_8859_1).stripTrailing();
        return label.equals("NO NAME") || label.indexOf(0) >= 0 ? "" : label;
    }

    private static Damaged damage(String disk, String why) {
        return new Damaged(disk, "FAT", why);
    }

    /** Not FAT at all. */
    static final class NotFat extends FileSystemException {
        private static final long serialVersionUID = 1;

        NotFat(String disk, String why) {
            super(disk, null, "no FAT file system: " + why);
        }
    }

    @Override
    public String family() {
        return "FAT";
    }

    @Override
    public String variant() {
        return "fat" + bits;
    }

    /** As blkid shows it. */
    String uuid() {
        return String.format("%04X-%04X", volumeId >>> 16, volumeId & 0xFFFF);
    }

    /** Where the state byte is, whose lowest bit says that the volume was not unmounted. */
    int stateOffset() {
        return bits == 32 ? 65 : 37;
    }

    /** Where the boot sector has the label. */
    int labelOffset() {
        return bits == 32 ? 71 : 43;
    }

    /** Distances from the table in use to its copies. */
    long[] mirrors() {
        long[] distances = new long[mirrorCount];
        for (int i = 0; i < distances.length; i++) {
            distances[i] = (i + 1) * fatBytes;
        }
        return distances;
    }
}
