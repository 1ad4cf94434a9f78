package org.unplug.fs.internal.fat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import org.unplug.block.DiskInfo;
import org.unplug.fs.FormatOptions;
import org.unplug.fs.internal.cluster.Directory;
import org.unplug.fs.spi.Volume;
import org.unplug.fs.spi.Volume.Stage;

/**
 * Makes a FAT volume, with the cluster sizes of the specification's tables and the places that every other implementation expects:
 * two tables, FSInfo in sector 1, the boot sector's copy in sector 6, the data on a multiple of the cluster. The boot sector is
 * erased first and written last, so that a cut in between leaves no volume rather than half of one.
 */
final class FatFormat {
    private static final int FATS = 2;
    private static final int ROOT_SLOTS = 512;
    private static final int INFO_SECTOR = 1;
    private static final int BACKUP_SECTOR = 6;
    private static final int RESERVED_32 = 32;
    private static final int MEDIA_FIXED = 0xF8;
    private static final int CHUNK = 256 * 1024;
    private static final long MIB = 1 << 20;
    private static final int LEAST_16 = 4085;
    private static final int LEAST_32 = 65_525;
    private static final int MOST_32 = 0x0FFF_FFF5;
    private static final int MOST_CLUSTER_BYTES = 64 * 1024;

    private final Volume volume;
    private final FormatOptions options;
    private final Instant now;
    private final FatTime time;
    private final String disk;
    private final int sector;
    private final long sectors;
    private final String label;

    private int bits;
    private int perCluster;
    private long reserved;
    private long fatSectors;
    private long clusters;
    private int rootSlots;

    FatFormat(Volume volume, FormatOptions options, Instant now, ZoneId zone) throws IOException {
        this.volume = volume;
        this.options = options;
        this.now = now;
        time = new FatTime(zone);
        disk = volume.disk().name();
        sector = Math.max(DiskInfo.SECTOR_BYTES, volume.unitBytes());
        sectors = Math.min(0xFFFF_FFFFL, volume.bytes() / sector);
        label = label(disk, options.label());
        choose();
    }

    private FileSystemException refused(String why) {
        return new FileSystemException(disk, null, "cannot be formatted: " + why);
    }

    /** A label as it is stored. */
    static String label(String disk, String wanted) throws FileSystemException {
        String text = wanted.strip().toUpperCase(Locale.ROOT);
        boolean plain = text.chars().allMatch(c -> c >= ' ' && c < 0x7F && "\"*+,./:;<=>?[\\]|".indexOf(c) < 0);
        if (text.length() > ShortName.LENGTH || !plain) {
            throw new FileSystemException(
                    disk, null, "label '" + wanted + "': FAT labels have up to 11 plain characters");
        }
        return text;
    }

    private void choose() throws IOException {
        bits = switch (options.type()) {
            case "fat12" -> 12;
            case "fat16" -> 16;
            case "fat32" -> 32;
            default -> sectors * sector >= 512 * MIB ? 32 : sectors * sector > 4 * MIB ? 16 : 12;
        };
        if (volume.bytes() / sector > sectors) {
            volume.warn("disk " + disk + ": FAT uses " + sectors + " sectors of it, the most it can count");
        }
        rootSlots = bits == 32 ? 0 : ROOT_SLOTS;
        int wanted = options.clusterBytes();
        perCluster = Math.max(1, (wanted == 0 ? clusterBytes() : wanted) / sector);
        if (wanted != 0 && (wanted < sector || wanted > MOST_CLUSTER_BYTES || perCluster > 128)) {
            throw refused("clusters of " + wanted + " bytes: must be " + sector + " to "
                    + Math.min(MOST_CLUSTER_BYTES, 128 * sector));
        }
        layOut();
        while (wanted == 0 && clusters > most() && perCluster < 128 && perCluster * sector < MOST_CLUSTER_BYTES) {
            perCluster *= 2;
            layOut();
        }
        while (wanted == 0 && bits == 16 && clusters < LEAST_16 && perCluster > 1) {
            perCluster /= 2;
            layOut();
        }
        long least = bits == 32 ? LEAST_32 : bits == 16 ? LEAST_16 : 1;
        if (clusters < least || clusters > most()) {
            throw refused(sectors * sector + " bytes make " + Math.max(0, clusters) + " clusters of "
                    + perCluster * sector + " bytes, FAT" + bits + " has " + least + " to " + most());
        }
    }

    private long most() {
        return bits == 32 ? MOST_32 : bits == 16 ? LEAST_32 - 1 : LEAST_16 - 1;
    }

    /** By size, after the tables DskTableFAT16 and DskTableFAT32 of the specification. */
    private int clusterBytes() {
        long bytes = sectors * sector;
        if (bits == 32) {
            return bytes <= 260 * MIB
                    ? 512
                    : bytes <= 8192 * MIB
                            ? 4096
                            : bytes <= 16_384 * MIB ? 8192 : bytes <= 32_768 * MIB ? 16_384 : 32_768;
        }
        if (bits == 16) {
            return bytes <= 16 * MIB
                    ? 1024
                    : bytes <= 128 * MIB
                            ? 2048
                            : bytes <= 256 * MIB
                                    ? 4096
                                    : bytes <= 512 * MIB ? 8192 : bytes <= 1024 * MIB ? 16_384 : 32_768;
        }
        return bytes <= 2 * MIB ? 512 : 2048;
    }

    private void layOut() {
        reserved = bits == 32 ? RESERVED_32 : 1;
        long root = rootSlots * 32L / sector;
        fatSectors = 1;
        while (true) {
            clusters = (sectors - reserved - root - FATS * fatSectors) / perCluster;
            long need = ((Math.max(0, clusters) + 2) * bits + 7) / 8;
            long needSectors = (need + sector - 1) / sector;
            if (needSectors <= fatSectors) {
                break;
            }
            fatSectors = needSectors;
        }
        long data = reserved + root + FATS * fatSectors;
        reserved += (perCluster - data % perCluster) % perCluster;
        clusters = (sectors - reserved - root - FATS * fatSectors) / perCluster;
    }

    String write() throws IOException {
        if (volume.readOnly()) {
            throw refused("it is read-only");
        }
        zero(0, sector);
        finish();
        long data = reserved + FATS * fatSectors + rootSlots * 32L / sector;
        zero(sector, data * sector);
        if (bits == 32) {
            zero(data * sector, (data + perCluster) * sector);
        }
        for (int i = 0; i < FATS; i++) {
            volume.write((reserved + i * fatSectors) * sector, firstEntries(), Stage.DATA, false, volume.errors());
        }
        if (!label.isEmpty()) {
            long root = bits == 32 ? data * sector : (reserved + FATS * fatSectors) * sector;
            volume.write(root, labelEntry(label, now, time), Stage.DATA, false, volume.errors());
        }
        if (bits == 32) {
            volume.write((long) INFO_SECTOR * sector, info(), Stage.DATA, false, volume.errors());
            volume.write((long) (BACKUP_SECTOR + INFO_SECTOR) * sector, info(), Stage.DATA, false, volume.errors());
            volume.write((long) BACKUP_SECTOR * sector, boot(), Stage.DATA, false, volume.errors());
        }
        finish();
        volume.write(0, boot(), Stage.DATA, false, volume.errors());
        finish();
        return "fat" + bits;
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

    private ByteBuffer firstEntries() {
        ByteBuffer entries = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
        switch (bits) {
            case 12 -> entries.put((byte) MEDIA_FIXED).put((byte) 0xFF).put((byte) 0xFF);
            case 16 -> entries.putShort((short) (0xFF00 | MEDIA_FIXED)).putShort((short) 0xFFFF);
            default ->
                entries.putInt(0x0FFF_FF00 | MEDIA_FIXED).putInt(0x0FFF_FFFF).putInt(0x0FFF_FFFF);
        }
        return entries.flip();
    }

    static ByteBuffer labelEntry(String label, Instant now, FatTime time) {
        ByteBuffer entry = ByteBuffer.allocate(Directory.SLOT).order(ByteOrder.LITTLE_ENDIAN);
        entry.put(0, padded(label));
        entry.put(11, (byte) Slot.LABEL);
        entry.putShort(22, (short) time.time(now));
        entry.putShort(24, (short) time.date(now));
        return entry;
    }

    /** As the boot sector has it. */
    static byte[] padded(String label) {
        byte[] bytes = new byte[ShortName.LENGTH];
        Arrays.fill(bytes, (byte) ' ');
        byte[] text = (label.isEmpty() ? "NO NAME" : label).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(text, 0, bytes, 0, text.length);
        return bytes;
    }

    private ByteBuffer info() {
        ByteBuffer info = ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN);
        info.putInt(0, 0x41615252);
        info.putInt(484, 0x61417272);
        info.putInt(488, (int) (clusters - 1));
        info.putInt(492, 2);
        info.putInt(508, 0xAA55_0000);
        return info;
    }

    private ByteBuffer boot() {
        ByteBuffer boot = ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN);
        int code = bits == 32 ? 90 : 62;
        boot.put(0, new byte[] {(byte) 0xEB, (byte) (code - 2), (byte) 0x90});
        boot.put(3, "UNPLUG  ".getBytes(StandardCharsets.US_ASCII));
        boot.putShort(11, (short) sector);
        boot.put(13, (byte) perCluster);
        boot.putShort(14, (short) reserved);
        boot.put(16, (byte) FATS);
        boot.putShort(17, (short) rootSlots);
        boolean few = bits != 32 && sectors < 65_536;
        boot.putShort(19, (short) (few ? sectors : 0));
        boot.put(21, (byte) MEDIA_FIXED);
        boot.putShort(22, (short) (bits == 32 ? 0 : fatSectors));
        boot.putShort(24, (short) 63);
        boot.putShort(26, (short) 255);
        boot.putInt(28, (int) (volume.disk().startSector() * DiskInfo.SECTOR_BYTES / sector));
        boot.putInt(32, (int) (few ? 0 : sectors));
        int extended = 36;
        if (bits == 32) {
            boot.putInt(36, (int) fatSectors);
            boot.putInt(44, 2);
            boot.putShort(48, (short) INFO_SECTOR);
            boot.putShort(50, (short) BACKUP_SECTOR);
            extended = 64;
        }
        boot.put(extended, (byte) 0x80);
        boot.put(extended + 2, (byte) 0x29);
        boot.putInt(extended + 3, volumeId());
        boot.put(extended + 7, padded(label));
        boot.put(extended + 18, ("FAT" + bits + "   ").getBytes(StandardCharsets.US_ASCII));
        // Started by a BIOS: "no bootable device", then a loop.
        boot.put(code, new byte[] {(byte) 0xCD, 0x18, (byte) 0xEB, (byte) 0xFE});
        boot.putShort(510, (short) 0xAA55);
        return boot;
    }

    private int volumeId() {
        long seed = now.getEpochSecond() * 1_000_003 ^ now.getNano();
        return options.volumeId() != 0 ? options.volumeId() : (int) (seed ^ seed >>> 32) | 1;
    }
}
