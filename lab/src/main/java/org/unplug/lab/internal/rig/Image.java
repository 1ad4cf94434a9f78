package org.unplug.lab.internal.rig;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;
import org.unplug.lab.internal.load.Field;

/**
 * The file behind a medium, seen past all drivers: made with two partitions - one for a file system, one stamped -, summed, and asked
 * whether its file system is clean. Layout by the MBR and, for the state of the volume, by Microsoft's FAT specification 1.03.
 */
final class Image {

    static final long FAT_START = 2048;
    static final long FAT_SECTORS = 40L * 2048;
    static final long RAW_START = FAT_START + FAT_SECTORS;

    private static final int SECTOR = 512;
    private static final int TABLE = 446;
    private static final int ENTRY = 16;
    private static final int FAT16_LBA = 0x0e;
    private static final int NO_FILE_SYSTEM = 0xda;
    private static final int SUM_BYTES = 1 << 20;

    private final Path path;

    Image(Path path) {
        this.path = path;
    }

    /** Makes it anew, with the original stamps. */
    void make(Field field) throws IOException {
        long rawSectors = (long) field.slots() * Field.SLOT_SECTORS;
        // A card's size is told in steps of 512 KiB, so the end is rounded up.
        long sectors = (RAW_START + rawSectors + 1023) / 1024 * 1024;
        try (FileChannel file = FileChannel.open(
                path, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer table = ByteBuffer.allocate(SECTOR).order(ByteOrder.LITTLE_ENDIAN);
            entry(table, 0, FAT16_LBA, FAT_START, FAT_SECTORS);
            entry(table, 1, NO_FILE_SYSTEM, RAW_START, rawSectors);
            table.putShort(SECTOR - 2, (short) 0xaa55);
            write(file, 0, table.clear());
            ByteBuffer slot = ByteBuffer.allocate(Field.SLOT_BYTES);
            for (int i = 0; i < field.slots(); i++) {
                field.original(i, slot.clear());
                write(file, (RAW_START + Field.sectorOf(i)) * SECTOR, slot.clear());
            }
            if (file.size() < sectors * SECTOR) {
                write(file, sectors * SECTOR - 1, ByteBuffer.allocate(1));
            }
        }
    }

    private static void entry(ByteBuffer table, int index, int type, long start, long sectors) {
        int at = TABLE + index * ENTRY;
        table.put(at + 4, (byte) type).putInt(at + 8, (int) start).putInt(at + 12, (int) sectors);
    }

    private static void write(FileChannel file, long at, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            file.write(bytes, at + bytes.position());
        }
    }

    /** A sum over everything in it. */
    long sum() throws IOException {
        CRC32C sum = new CRC32C();
        ByteBuffer buffer = ByteBuffer.allocateDirect(SUM_BYTES);
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
            while (file.read(buffer.clear()) > 0) {
                sum.update(buffer.flip());
            }
        }
        return sum.getValue();
    }

    /** Whether the file system's own mark says that it was closed in order. */
    boolean isClean() throws IOException {
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
            ByteBuffer boot = read(file, FAT_START * SECTOR, SECTOR);
            int bytesPerSector = Short.toUnsignedInt(boot.getShort(11));
            int reserved = Short.toUnsignedInt(boot.getShort(14));
            boolean fat32 = boot.getShort(22) == 0;
            ByteBuffer fat = read(file, FAT_START * SECTOR + (long) reserved * bytesPerSector, 8);
            return fat32 ? (fat.getInt(4) & 0x0800_0000) != 0 : (fat.getShort(2) & 0x8000) != 0;
        }
    }

    private static ByteBuffer read(FileChannel file, long at, int many) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(many).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            if (file.read(bytes, at + bytes.position()) < 0) {
                throw new IOException("the image ends at " + (at + bytes.position()));
            }
        }
        return bytes;
    }
}
