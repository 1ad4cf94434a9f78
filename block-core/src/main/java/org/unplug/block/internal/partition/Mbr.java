package org.unplug.block.internal.partition;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The partition table of a master boot record: four entries of 16 bytes at 446, signature 55 AA at 510, as in the UEFI
 * specification 2.10, section 5.2.1. Only the four primary entries are read; an extended one is shown by no disk.
 */
public final class Mbr {

    public static final int BYTES = 512;
    private static final int TABLE = 446;
    private static final int ENTRY_BYTES = 16;
    private static final int ENTRIES = 4;
    private static final int SIGNATURE = 510;
    private static final int PROTECTIVE = 0xEE;

    private Mbr() {}

    /**
     * A partition.
     *
     * @param number 1 to 4, its place in the table
     * @param type the type byte
     * @param startSector where it begins, in logical blocks times their sectors
     * @param sectors how long it is
     */
    public record Entry(int number, int type, long startSector, long sectors) {
        boolean isExtended() {
            return type == 0x05 || type == 0x0F || type == 0x85;
        }
    }

    /**
     * Reads the table.
     *
     * @param block the first 512 bytes of the disk
     * @param blockSectors sectors in a logical block, the unit of the table's numbers
     * @return its partitions that lie wholly on the disk and overlap no earlier one; empty if there is no table here
     */
    public static List<Entry> read(ByteBuffer block, int blockSectors, long capacitySectors) {
        ByteBuffer bytes = block.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        int base = bytes.position();
        if (bytes.getShort(base + SIGNATURE) != (short) 0xAA55 || isFatBootSector(bytes, base)) {
            return List.of();
        }
        List<Entry> found = new ArrayList<>();
        for (int i = 0; i < ENTRIES; i++) {
            int at = base + TABLE + i * ENTRY_BYTES;
            int status = bytes.get(at) & 0xFF;
            if (status != 0 && status != 0x80) {
                return List.of();
            }
            Entry entry = new Entry(
                    i + 1,
                    bytes.get(at + 4) & 0xFF,
                    (bytes.getInt(at + 8) & 0xFFFFFFFFL) * blockSectors,
                    (bytes.getInt(at + 12) & 0xFFFFFFFFL) * blockSectors);
            if (isUsable(entry, capacitySectors, found)) {
                found.add(entry);
            }
        }
        return found;
    }

    private static boolean isUsable(Entry entry, long capacitySectors, List<Entry> before) {
        return entry.type() != 0
                && entry.type() != PROTECTIVE
                && !entry.isExtended()
                && entry.sectors() > 0
                && entry.startSector() > 0
                && entry.startSector() + entry.sectors() <= capacitySectors
                && before.stream()
                        .noneMatch(b -> entry.startSector() < b.startSector() + b.sectors()
                                && b.startSector() < entry.startSector() + entry.sectors());
    }

    /** A FAT boot sector ends in the same signature; its parameter block tells it from a table. */
    private static boolean isFatBootSector(ByteBuffer bytes, int base) {
        int jump = bytes.get(base) & 0xFF;
        int sectorBytes = bytes.getShort(base + 11) & 0xFFFF;
        int clusterSectors = bytes.get(base + 13) & 0xFF;
        int reserved = bytes.getShort(base + 14) & 0xFFFF;
        int fats = bytes.get(base + 16) & 0xFF;
        int media = bytes.get(base + 21) & 0xFF;
        return (jump == 0xEB || jump == 0xE9)
                && sectorBytes >= 512
                && sectorBytes <= 4096
                && Integer.bitCount(sectorBytes) == 1
                && Integer.bitCount(clusterSectors) == 1
                && reserved > 0
                && (fats == 1 || fats == 2)
                && media >= 0xF0;
    }

    /**
     * Writes a table into the first 512 bytes of a disk, leaving the boot code before it as it is.
     *
     * @param entries with numbers 1 to 4
     */
    public static void write(ByteBuffer block, int blockSectors, List<Entry> entries) {
        ByteBuffer bytes = block.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        int base = bytes.position();
        for (int i = 0; i < ENTRIES * ENTRY_BYTES; i++) {
            bytes.put(base + TABLE + i, (byte) 0);
        }
        for (Entry entry : entries) {
            int at = base + TABLE + (entry.number() - 1) * ENTRY_BYTES;
            bytes.put(at + 4, (byte) entry.type());
            bytes.putInt(at + 8, (int) (entry.startSector() / blockSectors));
            bytes.putInt(at + 12, (int) (entry.sectors() / blockSectors));
        }
        bytes.putShort(base + SIGNATURE, (short) 0xAA55);
    }
}
