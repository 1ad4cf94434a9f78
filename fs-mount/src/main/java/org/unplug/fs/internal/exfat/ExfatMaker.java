package org.unplug.fs.internal.exfat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileSystemException;
import java.time.Instant;
import java.util.EnumSet;
import org.unplug.block.DiskInfo;
import org.unplug.fs.FormatOptions;
import org.unplug.fs.internal.cluster.Directory;
import org.unplug.fs.internal.cluster.Layout;
import org.unplug.fs.spi.Volume;
import org.unplug.fs.spi.Volume.Stage;

/**
 * Makes an exFAT volume. The table and the clusters begin at multiples of what a card erases at once, as far as the size allows. The
 * boot region is erased first and written last, so that a cut in between leaves no volume rather than half of one.
 */
final class ExfatMaker {
    private static final long MIB = 1 << 20;
    private static final int CHUNK = 256 * 1024;
    private static final int MOST_CLUSTER_BYTES = 32 << 20;
    private static final int MOST_CLUSTERS = Integer.MAX_VALUE - 16;
    private static final int MEDIA = 0xFFFF_FFF8;
    private static final int END = -1;
    private static final int BITMAP_CLUSTER = Layout.FIRST_CLUSTER;

    private final Volume volume;
    private final FormatOptions options;
    private final Instant now;
    private final String disk;
    private final int sector;
    private final long sectors;
    private final int clusterBytes;
    private final ByteBuffer upcase = Upcase.unicode().stored();
    private final long fatOffset;
    private final long fatBytes;
    private final long dataOffset;
    private final int clusters;
    private final int bitmapClusters;
    private final int upcaseClusters;

    ExfatMaker(Volume volume, FormatOptions options, Instant now) throws IOException {
        this.volume = volume;
        this.options = options;
        this.now = now;
        disk = volume.disk().name();
        sector = Math.max(DiskInfo.SECTOR_BYTES, volume.unitBytes());
        sectors = volume.bytes() / sector;
        long bytes = sectors * sector;
        int wanted = options.clusterBytes();
        clusterBytes = wanted != 0 ? wanted : bytes <= 256 * MIB ? 4096 : bytes <= 32_768 * MIB ? 32_768 : 131_072;
        if (clusterBytes < sector || clusterBytes > MOST_CLUSTER_BYTES) {
            throw refused("clusters of " + clusterBytes + " bytes: must be " + sector + " to " + MOST_CLUSTER_BYTES);
        }
        if (options.label().length() > ExfatRoot.MOST_LABEL) {
            throw refused("label '" + options.label() + "': exFAT labels have up to 11 characters");
        }
        long align = Math.max(clusterBytes, Math.min(MIB, Long.highestOneBit(Math.max(1, bytes / 64))));
        fatOffset = up(2L * ExfatLayout.BOOT_SECTORS * sector, Math.min(align, MIB));
        fatBytes = up((bytes / clusterBytes + Layout.FIRST_CLUSTER) * 4, sector);
        dataOffset = up(fatOffset + fatBytes, align);
        long fits = (bytes - dataOffset) / clusterBytes;
        bitmapClusters = (int) ((Math.max(0, fits) + 8L * clusterBytes - 1) / (8L * clusterBytes));
        upcaseClusters = (upcase.limit() + clusterBytes - 1) / clusterBytes;
        if (fits < bitmapClusters + upcaseClusters + 2 || fits > MOST_CLUSTERS) {
            throw refused(bytes + " bytes make " + Math.max(0, fits) + " clusters of " + clusterBytes + " bytes");
        }
        clusters = (int) fits;
    }

    private static long up(long value, long to) {
        return (value + to - 1) / to * to;
    }

    private FileSystemException refused(String why) {
        return new FileSystemException(disk, null, "cannot be formatted: " + why);
    }

    private int upcaseCluster() {
        return BITMAP_CLUSTER + bitmapClusters;
    }

    private int rootCluster() {
        return upcaseCluster() + upcaseClusters;
    }

    private long offset(int cluster) {
        return dataOffset + (long) (cluster - Layout.FIRST_CLUSTER) * clusterBytes;
    }

    String write() throws IOException {
        if (volume.readOnly()) {
            throw refused("it is read-only");
        }
        zero(0, 2L * ExfatLayout.BOOT_SECTORS * sector);
        finish();
        zero(fatOffset, fatOffset + fatBytes);
        zero(offset(BITMAP_CLUSTER), offset(rootCluster() + 1));
        put(fatOffset, links());
        put(offset(BITMAP_CLUSTER), taken());
        put(offset(upcaseCluster()), upcase.duplicate());
        put(offset(rootCluster()), root());
        ByteBuffer region = bootRegion();
        put((long) ExfatLayout.BOOT_SECTORS * sector, region.duplicate());
        finish();
        put(0, region);
        finish();
        return "exfat";
    }

    private void put(long offset, ByteBuffer bytes) throws IOException {
        volume.write(offset, bytes, Stage.DATA, false, volume.errors());
    }

    private void finish() throws IOException {
        volume.makeDurable(EnumSet.of(Stage.DATA));
    }

    private void zero(long from, long to) throws IOException {
        ByteBuffer zeroes = ByteBuffer.allocate((int) Math.min(CHUNK, to - from));
        for (long at = from; at < to; ) {
            zeroes.clear().limit((int) Math.min(zeroes.capacity(), to - at));
            int n = zeroes.remaining();
            volume.write(at, zeroes, Stage.DATA, true, volume.errors());
            at += n;
        }
    }

    private ByteBuffer links() {
        ByteBuffer links = little((rootCluster() + 1) * 4);
        links.putInt(MEDIA).putInt(END);
        chain(links, bitmapClusters);
        chain(links, upcaseClusters);
        chain(links, 1);
        return links.flip();
    }

    private static void chain(ByteBuffer links, int length) {
        for (int i = 1; i <= length; i++) {
            links.putInt(i == length ? END : links.position() / 4 + 1);
        }
    }

    private ByteBuffer taken() {
        int count = rootCluster() + 1 - Layout.FIRST_CLUSTER;
        ByteBuffer bits = little((count + 7) / 8);
        for (int i = 0; i < count; i++) {
            bits.put(i / 8, (byte) (bits.get(i / 8) | 1 << i % 8));
        }
        return bits;
    }

    private ByteBuffer root() {
        ByteBuffer root = little(3 * Directory.SLOT);
        root.put(0, ExfatRoot.labelSlot(options.label()), 0, Directory.SLOT);
        int at = Directory.SLOT;
        root.put(at, (byte) EntrySet.BITMAP);
        root.putInt(at + 20, BITMAP_CLUSTER);
        root.putLong(at + 24, (clusters + 7L) / 8);
        at += Directory.SLOT;
        root.put(at, (byte) EntrySet.UPCASE);
        root.putInt(at + 4, ExfatLayout.checksum(0, upcase, false));
        root.putInt(at + 20, upcaseCluster());
        root.putLong(at + 24, upcase.limit());
        return root;
    }

    private ByteBuffer bootRegion() {
        ByteBuffer region = little(ExfatLayout.BOOT_SECTORS * sector);
        boot(region);
        for (int i = 1; i <= 8; i++) {
            region.putInt((i + 1) * sector - 4, 0xAA55_0000);
        }
        int sum = ExfatLayout.checksum(0, region.slice(0, ExfatLayout.SUMMED_SECTORS * sector), true);
        for (int at = ExfatLayout.SUMMED_SECTORS * sector; at < region.capacity(); at += 4) {
            region.putInt(at, sum);
        }
        return region;
    }

    private void boot(ByteBuffer boot) {
        int sectorShift = Integer.numberOfTrailingZeros(sector);
        boot.put(0, new byte[] {(byte) 0xEB, 0x76, (byte) 0x90});
        boot.put(3, ExfatLayout.NAME);
        boot.putLong(64, volume.disk().startSector() * DiskInfo.SECTOR_BYTES / sector);
        boot.putLong(72, sectors);
        boot.putInt(80, (int) (fatOffset / sector));
        boot.putInt(84, (int) (fatBytes / sector));
        boot.putInt(88, (int) (dataOffset / sector));
        boot.putInt(92, clusters);
        boot.putInt(96, rootCluster());
        boot.putInt(100, serial());
        boot.putShort(104, (short) 0x0100);
        boot.put(108, (byte) sectorShift);
        boot.put(109, (byte) (Integer.numberOfTrailingZeros(clusterBytes) - sectorShift));
        boot.put(110, (byte) 1);
        boot.put(111, (byte) 0x80);
        // Started by a BIOS: "no bootable device", then a loop; the rest halts.
        byte[] code = new byte[390];
        java.util.Arrays.fill(code, (byte) 0xF4);
        System.arraycopy(new byte[] {(byte) 0xCD, 0x18, (byte) 0xEB, (byte) 0xFE}, 0, code, 0, 4);
        boot.put(120, code);
        boot.putShort(510, (short) 0xAA55);
    }

    private int serial() {
        long seed = now.getEpochSecond() * 1_000_003 ^ now.getNano();
        return options.volumeId() != 0 ? options.volumeId() : (int) (seed ^ seed >>> 32) | 1;
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
