package org.unplug.block.internal.partition;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.unplug.block.Partition;
import org.unplug.block.PartitionTable;

/**
 * The partition table of a master boot record: four entries of 16 bytes at 446, signature 55 AA at 510 (UEFI specification
 * 2.10, section 5.2.1), and the chain of extended boot records, in each of which the first entry is a logical partition, relative
 * to that record, and the second the next record, relative to the extended partition.
 */
final class Mbr {

    private static final int ID = 440;
    private static final int TABLE = 446;
    private static final int ENTRY_BYTES = 16;
    private static final int ENTRIES = 4;
    private static final int SIGNATURE = 510;
    private static final int PROTECTIVE = 0xEE;
    private static final int MOST_LOGICAL = 60;
    private static final long MOST_BLOCKS = 0xFFFFFFFFL;

    private Mbr() {}

    /** An entry as it stands in a table; in blocks. */
    private record Entry(int status, int type, long start, long length) {
        boolean isUsed() {
            return type != 0 && length > 0;
        }

        boolean isExtended() {
            return type == 0x05 || type == 0x0F || type == 0x85;
        }
    }

    /** What the first block says: no table, one of its own, or that there is a GUID partition table. */
    enum Kind {
        NONE,
        DOS,
        GPT
    }

    static Kind kind(ByteBuffer block) {
        ByteBuffer bytes = block.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.getShort(SIGNATURE) != (short) 0xAA55 || isFatBootSector(bytes)) {
            return Kind.NONE;
        }
        Kind kind = Kind.DOS;
        for (int i = 0; i < ENTRIES; i++) {
            Entry entry = entry(bytes, i);
            if (entry.status() != 0 && entry.status() != 0x80) {
                return Kind.NONE;
            }
            if (entry.type() == PROTECTIVE) {
                kind = Kind.GPT;
            }
        }
        return kind;
    }

    private static Entry entry(ByteBuffer bytes, int index) {
        int at = TABLE + index * ENTRY_BYTES;
        return new Entry(
                bytes.get(at) & 0xFF,
                bytes.get(at + 4) & 0xFF,
                bytes.getInt(at + 8) & 0xFFFFFFFFL,
                bytes.getInt(at + 12) & 0xFFFFFFFFL);
    }

    /**
     * Reads the table, logical partitions included. Entries that reach past the end or overlap an earlier one are left out, as is
     * whatever comes after a broken link of the chain.
     */
    static PartitionTable read(Blocks disk) throws IOException {
        ByteBuffer first = disk.read(0, 1).order(ByteOrder.LITTLE_ENDIAN);
        List<Partition> found = new ArrayList<>();
        Entry extended = null;
        for (int i = 0; i < ENTRIES; i++) {
            Entry entry = entry(first, i);
            if (entry.isUsed() && fits(entry, 0, found, disk)) {
                found.add(partition(i + 1, entry, 0, disk));
                if (entry.isExtended() && extended == null) {
                    extended = entry;
                }
            }
        }
        if (extended != null) {
            readLogical(disk, extended, found);
        }
        String id = String.format(Locale.ROOT, "%08x", first.getInt(ID));
        return new PartitionTable(PartitionTable.DOS, id, found);
    }

    private static void readLogical(Blocks disk, Entry extended, List<Partition> found) throws IOException {
        Set<Long> seen = new HashSet<>();
        List<Partition> logical = new ArrayList<>();
        long record = extended.start();
        while (seen.add(record) && logical.size() < MOST_LOGICAL) {
            ByteBuffer block = disk.read(record, 1).order(ByteOrder.LITTLE_ENDIAN);
            if (block.getShort(SIGNATURE) != (short) 0xAA55) {
                break;
            }
            Entry entry = entry(block, 0);
            if (entry.isUsed() && !entry.isExtended() && fits(entry, record, logical, disk)) {
                logical.add(partition(ENTRIES + 1 + logical.size(), entry, record, disk));
            }
            Entry link = entry(block, 1);
            if (!link.isUsed() || !link.isExtended() || link.start() >= extended.length()) {
                break;
            }
            record = extended.start() + link.start();
        }
        found.addAll(logical);
    }

    private static boolean fits(Entry entry, long base, List<Partition> before, Blocks disk) {
        long start = (base + entry.start()) * disk.blockSectors();
        long end = start + entry.length() * disk.blockSectors();
        return entry.start() > 0
                && base + entry.start() + entry.length() <= disk.blocks()
                && before.stream().noneMatch(b -> start < b.endSector() && b.startSector() < end);
    }

    private static Partition partition(int number, Entry entry, long base, Blocks disk) {
        return new Partition(
                number,
                (base + entry.start()) * disk.blockSectors(),
                entry.length() * disk.blockSectors(),
                String.format(Locale.ROOT, "%02x", entry.type()),
                "",
                "",
                entry.status() == 0x80);
    }

    /** A FAT boot sector ends in the same signature; its parameter block tells it from a table. */
    private static boolean isFatBootSector(ByteBuffer bytes) {
        int jump = bytes.get(0) & 0xFF;
        int sectorBytes = bytes.getShort(11) & 0xFFFF;
        int clusterSectors = bytes.get(13) & 0xFF;
        int reserved = bytes.getShort(14) & 0xFFFF;
        int fats = bytes.get(16) & 0xFF;
        int media = bytes.get(21) & 0xFF;
        return (jump == 0xEB || jump == 0xE9)
                && sectorBytes >= 512
                && sectorBytes <= 4096
                && Integer.bitCount(sectorBytes) == 1
                && Integer.bitCount(clusterSectors) == 1
                && reserved > 0
                && (fats == 1 || fats == 2)
                && media >= 0xF0;
    }

    private static boolean isOtherVolume(ByteBuffer bytes) {
        byte[] name = new byte[8];
        bytes.get(3, name);
        String text = new String(name, StandardCharsets.US_ASCII);
        return text.equals("EXFAT   ") || text.equals("NTFS    ");
    }

    /**
     * Writes the table. Extended boot records go first and the boot record last, so that an interruption leaves the old table.
     *
     * @throws IllegalArgumentException if the partitions do not fit the disk or each other, or logical ones are not in an extended
     *     one with a free block before each
     */
    static void write(Blocks disk, PartitionTable table) throws IOException {
        ByteBuffer first = disk.read(0, 1).order(ByteOrder.LITTLE_ENDIAN);
        // A boot loader's code stays; that of a volume would have the sector be taken for the volume's.
        int from = isFatBootSector(first) || isOtherVolume(first) ? 0 : TABLE;
        for (int i = from; i < TABLE + ENTRIES * ENTRY_BYTES; i++) {
            first.put(i, (byte) 0);
        }
        List<Partition> primary = new ArrayList<>();
        List<Partition> logical = new ArrayList<>();
        Partition extended = null;
        for (Partition one : table.partitions()) {
            if (one.number() > ENTRIES) {
                logical.add(one);
                continue;
            }
            if (one.number() < 1) {
                throw new IllegalArgumentException("partition " + one.number() + ": must be 1 or more");
            }
            requireFits(one, primary, disk, disk.blockSectors(), disk.blocks() * disk.blockSectors());
            primary.add(one);
            put(first, one.number() - 1, one, 0, disk);
            extended = one.isExtended() ? one : extended;
        }
        writeLogical(disk, extended, logical);
        first.putInt(ID, (int) Long.parseLong(table.id(), 16));
        first.putShort(SIGNATURE, (short) 0xAA55);
        disk.flush();
        disk.write(0, first);
        disk.flush();
    }

    private static void writeLogical(Blocks disk, Partition extended, List<Partition> logical) throws IOException {
        if (extended == null) {
            if (!logical.isEmpty()) {
                throw new IllegalArgumentException("a logical partition needs an extended one");
            }
            return;
        }
        long record = extended.startSector() / disk.blockSectors();
        if (logical.isEmpty()) {
            disk.write(record, signed(disk));
        }
        for (int i = 0; i < logical.size(); i++) {
            Partition one = logical.get(i);
            long floor = (record + 1) * disk.blockSectors();
            requireFits(one, List.of(), disk, floor, extended.endSector());
            ByteBuffer block = signed(disk);
            put(block, 0, one, record, disk);
            long next = one.endSector() / disk.blockSectors();
            if (i + 1 < logical.size()) {
                Partition following = logical.get(i + 1);
                int at = TABLE + ENTRY_BYTES;
                block.put(at + 4, (byte) 0x05);
                block.putInt(at + 8, (int) (next - extended.startSector() / disk.blockSectors()));
                block.putInt(at + 12, (int) (following.endSector() / disk.blockSectors() - next));
            }
            disk.write(record, block);
            record = next;
        }
    }

    private static ByteBuffer signed(Blocks disk) {
        ByteBuffer block = ByteBuffer.allocate(disk.blockBytes()).order(ByteOrder.LITTLE_ENDIAN);
        block.putShort(SIGNATURE, (short) 0xAA55);
        return block;
    }

    private static void put(ByteBuffer block, int index, Partition one, long base, Blocks disk) {
        int type = Integer.parseInt(one.type(), 16);
        long start = one.startSector() / disk.blockSectors() - base;
        long length = one.sectors() / disk.blockSectors();
        if (type < 1 || type > 0xFF || start > MOST_BLOCKS || length > MOST_BLOCKS) {
            throw new IllegalArgumentException("partition " + one.number() + " does not fit a dos table: type "
                    + one.type() + ", " + length + " blocks from " + start);
        }
        int at = TABLE + index * ENTRY_BYTES;
        block.put(at, (byte) (one.bootable() ? 0x80 : 0));
        putChs(block, at + 1);
        block.put(at + 4, (byte) type);
        putChs(block, at + 5);
        block.putInt(at + 8, (int) start);
        block.putInt(at + 12, (int) length);
    }

    /** Cylinder, head and sector at their most: look at the block numbers instead. */
    private static void putChs(ByteBuffer block, int at) {
        block.put(at, (byte) 0xFE);
        block.put(at + 1, (byte) 0xFF);
        block.put(at + 2, (byte) 0xFF);
    }

    static void requireFits(Partition one, List<Partition> before, Blocks disk, long fromSector, long toSector) {
        boolean aligned = one.startSector() % disk.blockSectors() == 0 && one.sectors() % disk.blockSectors() == 0;
        if (one.sectors() <= 0 || !aligned || one.startSector() < fromSector || one.endSector() > toSector) {
            throw new IllegalArgumentException("partition " + one.number() + " (" + one.sectors() + " sectors at "
                    + one.startSector() + ") must lie between sectors " + fromSector + " and " + toSector
                    + ", in whole blocks of " + disk.blockBytes() + " bytes");
        }
        for (Partition other : before) {
            if (one.startSector() < other.endSector() && other.startSector() < one.endSector()) {
                throw new IllegalArgumentException(
                        "partition " + one.number() + " overlaps partition " + other.number());
            }
        }
    }

    /** The boot record of a disk with a GUID partition table: one entry over all of it, which keeps older programs off. */
    static ByteBuffer protective(Blocks disk) {
        ByteBuffer block = signed(disk);
        block.put(TABLE + 1, (byte) 0);
        block.put(TABLE + 2, (byte) 2);
        block.put(TABLE + 3, (byte) 0);
        block.put(TABLE + 4, (byte) PROTECTIVE);
        putChs(block, TABLE + 5);
        block.putInt(TABLE + 8, 1);
        block.putInt(TABLE + 12, (int) Math.min(disk.blocks() - 1, MOST_BLOCKS));
        return block;
    }
}
