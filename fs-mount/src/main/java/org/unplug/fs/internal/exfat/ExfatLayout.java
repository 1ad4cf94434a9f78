package org.unplug.fs.internal.exfat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import org.unplug.fs.internal.cluster.Damaged;
import org.unplug.fs.internal.cluster.Layout;
import org.unplug.fs.spi.Volume;

/**
 * Where things are on an exFAT volume, from its boot sector (specification, section 3). Immutable, checked: every offset lies on
 * the disk.
 *
 * @param sectorBytes the volume's own sector
 * @param clusterBytes the allocation unit
 * @param clusters how many there are; they are numbered from 2
 * @param fatOffset of the table
 * @param dataOffset of cluster 2
 * @param rootCluster where the root directory begins
 * @param serial the volume's number
 */
record ExfatLayout(
        int sectorBytes, int clusterBytes, int clusters, long fatOffset, long dataOffset, int rootCluster, int serial)
        implements Layout {

    /** Offsets in the boot sector of what changes while the volume is in use; both are outside its checksum. */
    static final int FLAGS_OFFSET = 106;

    static final int PERCENT_OFFSET = 112;
    static final int DIRTY = 0x02;
    /** Sectors of the boot region that its checksum covers; the sums themselves fill the next one. */
    static final int SUMMED_SECTORS = 11;
    /** Sectors of one boot region: the main one, and the backup behind it. */
    static final int BOOT_SECTORS = 12;

    static final byte[] NAME = "EXFAT   ".getBytes(StandardCharsets.US_ASCII);
    private static final int MOST_CLUSTERS = Integer.MAX_VALUE - 16;
    private static final int MOST_CLUSTER_SHIFT = 25;

    /** Not exFAT at all. */
    static final class NotExfat extends FileSystemException {
        private static final long serialVersionUID = 1;

        NotExfat(String disk) {
            super(disk, null, "no exFAT file system");
        }
    }

    static ExfatLayout read(Volume volume) throws IOException {
        String disk = volume.disk().name();
        if (volume.bytes() < 512) {
            throw new NotExfat(disk);
        }
        ByteBuffer boot = ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN);
        volume.read(0, boot);
        if (!boot.slice(3, NAME.length).equals(ByteBuffer.wrap(NAME)) || (boot.getShort(510) & 0xFFFF) != 0xAA55) {
            throw new NotExfat(disk);
        }
        int sectorShift = boot.get(108);
        int clusterShift = sectorShift + boot.get(109);
        if (sectorShift < 9 || sectorShift > 12 || boot.get(109) < 0 || clusterShift > MOST_CLUSTER_SHIFT) {
            throw damage(disk, "sectors of 2^" + sectorShift + " and clusters of 2^" + clusterShift + " bytes");
        }
        if (boot.get(110) != 1) {
            throw damage(disk, boot.get(110) + " allocation tables; one is supported");
        }
        long sectors = boot.getLong(72);
        long fat = boot.getInt(80) & 0xFFFF_FFFFL;
        long fatSectors = boot.getInt(84) & 0xFFFF_FFFFL;
        long heap = boot.getInt(88) & 0xFFFF_FFFFL;
        long clusters = boot.getInt(92) & 0xFFFF_FFFFL;
        long root = boot.getInt(96) & 0xFFFF_FFFFL;
        if (sectors <= 0 || sectors > volume.bytes() >> sectorShift) {
            throw damage(
                    disk,
                    "the file system of " + sectors + " sectors is larger than its disk of " + volume.bytes()
                            + " bytes");
        }
        if (1 << sectorShift < volume.unitBytes()) {
            throw damage(disk, "its sectors are smaller than the disk's of " + volume.unitBytes() + " bytes");
        }
        int perCluster = clusterShift - sectorShift;
        if (fat < 2 * BOOT_SECTORS || fat + fatSectors > heap || heap + (clusters << perCluster) > sectors) {
            throw damage(disk, "table at sector " + fat + ", clusters at " + heap + " of " + sectors);
        }
        if (clusters < 1 || clusters > MOST_CLUSTERS || (clusters + FIRST_CLUSTER) * 4 > fatSectors << sectorShift) {
            throw damage(disk, clusters + " clusters with a table of " + fatSectors + " sectors");
        }
        if (root < FIRST_CLUSTER || root >= clusters + FIRST_CLUSTER) {
            throw damage(disk, "root directory at cluster " + root + " of " + clusters);
        }
        return new ExfatLayout(
                1 << sectorShift,
                1 << clusterShift,
                (int) clusters,
                fat << sectorShift,
                heap << sectorShift,
                (int) root,
                boot.getInt(100));
    }

    private static Damaged damage(String disk, String why) {
        return new Damaged(disk, "exFAT", why);
    }

    @Override
    public String family() {
        return "exFAT";
    }

    @Override
    public String variant() {
        return "exfat";
    }

    String uuid() {
        return String.format("%04X-%04X", serial >>> 16, serial & 0xFFFF);
    }

    /** The 32-bit sum of the boot region and of the up-case table (section 3.4), continued. */
    static int checksum(int sum, ByteBuffer bytes, boolean boot) {
        int next = sum;
        for (int i = 0; i < bytes.limit(); i++) {
            if (!boot || (i != FLAGS_OFFSET && i != FLAGS_OFFSET + 1 && i != PERCENT_OFFSET)) {
                next = Integer.rotateRight(next, 1) + (bytes.get(i) & 0xFF);
            }
        }
        return next;
    }
}
