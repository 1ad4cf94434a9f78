package org.unplug.block.internal.partition;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32;
import org.unplug.block.Partition;
import org.unplug.block.PartitionTable;

/**
 * GUID partition tables: a header in block 1 and its backup in the last block, each with an array of entries and both under
 * CRCs (UEFI specification 2.10, section 5.3). The backup serves when the primary is bad.
 */
final class Gpt {

    private static final long SIGNATURE = 0x5452415020494645L;
    private static final int REVISION = 0x00010000;
    private static final int HEADER_BYTES = 92;
    private static final int ENTRIES = 128;
    private static final int ENTRY_BYTES = 128;
    private static final int MOST_ENTRY_BYTES = 1 << 20;
    private static final int NAME_AT = 56;
    private static final int NAME_BYTES = 72;
    private static final long LEGACY_BOOTABLE = 4;

    private Gpt() {}

    /** What a header says, once it is believed. */
    private record Header(
            long firstUsable, long lastUsable, UUID id, long entriesBlock, int count, int entryBytes, int crc) {}

    /**
     * Reads the table.
     *
     * @return what was found; the fault says what was wrong on the way, and is null if nothing was; the table is null if neither
     *     copy can be believed
     */
    static Found read(Blocks disk) throws IOException {
        String primaryFault = null;
        try {
            return new Found(readFrom(disk, 1), null);
        } catch (BadTableException e) {
            primaryFault = e.getMessage();
        }
        try {
            return new Found(
                    readFrom(disk, disk.blocks() - 1),
                    "the primary GUID partition table is bad (" + primaryFault + "), its backup is used");
        } catch (BadTableException e) {
            return new Found(
                    null,
                    "both GUID partition tables are bad: the primary, " + primaryFault + "; the backup, "
                            + e.getMessage());
        }
    }

    /** What a look for a table found. */
    record Found(PartitionTable table, String fault) {}

    private static PartitionTable readFrom(Blocks disk, long block) throws IOException, BadTableException {
        Header header = header(disk.read(block, 1), block, disk);
        int bytes = header.count * header.entryBytes;
        ByteBuffer entries = disk.read(header.entriesBlock, (bytes + disk.blockBytes() - 1) / disk.blockBytes());
        entries.order(ByteOrder.LITTLE_ENDIAN);
        if (crc(entries, bytes) != header.crc) {
            throw new BadTableException("its entries do not match their checksum");
        }
        List<Partition> found = new ArrayList<>();
        for (int i = 0; i < header.count; i++) {
            int at = i * header.entryBytes;
            UUID type = Guid.get(entries, at);
            long first = entries.getLong(at + 32);
            long last = entries.getLong(at + 40);
            boolean onDisk = first >= header.firstUsable && last >= first && last <= header.lastUsable;
            if (!type.equals(Guid.UNUSED) && onDisk && overlapsNone(found, first, last, disk)) {
                found.add(new Partition(
                        i + 1,
                        first * disk.blockSectors(),
                        (last - first + 1) * disk.blockSectors(),
                        Guid.text(type),
                        name(entries, at + NAME_AT),
                        Guid.text(Guid.get(entries, at + Guid.BYTES)),
                        (entries.getLong(at + 48) & LEGACY_BOOTABLE) != 0));
            }
        }
        return new PartitionTable(PartitionTable.GPT, Guid.text(header.id), found);
    }

    private static boolean overlapsNone(List<Partition> before, long first, long last, Blocks disk) {
        long start = first * disk.blockSectors();
        long end = (last + 1) * disk.blockSectors();
        return before.stream().noneMatch(b -> start < b.endSector() && b.startSector() < end);
    }

    private static String name(ByteBuffer entries, int at) {
        byte[] text = new byte[NAME_BYTES];
        entries.get(at, text);
        String name = new String(text, StandardCharsets.UTF_16LE);
        int end = name.indexOf('\0');
        return end < 0 ? name : name.substring(0, end);
    }

    private static Header header(ByteBuffer block, long self, Blocks disk) throws BadTableException {
        block.order(ByteOrder.LITTLE_ENDIAN);
        if (block.getLong(0) != SIGNATURE) {
            throw new BadTableException("it has no signature");
        }
        int headerBytes = block.getInt(12);
        if (headerBytes < HEADER_BYTES || headerBytes > disk.blockBytes()) {
            throw new BadTableException("its header is " + headerBytes + " bytes long");
        }
        int crc = block.getInt(16);
        block.putInt(16, 0);
        if (crc(block, headerBytes) != crc) {
            throw new BadTableException("its header does not match its checksum");
        }
        if (block.getLong(24) != self) {
            throw new BadTableException("it says that it is in block " + block.getLong(24));
        }
        Header header = new Header(
                block.getLong(40),
                block.getLong(48),
                Guid.get(block, 56),
                block.getLong(72),
                block.getInt(80),
                block.getInt(84),
                block.getInt(88));
        boolean sane = header.firstUsable > 1
                && header.lastUsable >= header.firstUsable
                && header.lastUsable < disk.blocks()
                && header.entryBytes >= ENTRY_BYTES
                && header.entryBytes <= 4096
                && header.count > 0
                && (long) header.count * header.entryBytes <= MOST_ENTRY_BYTES
                && header.entriesBlock > 1
                && header.entriesBlock < disk.blocks() - (long) header.count * header.entryBytes / disk.blockBytes();
        if (!sane) {
            throw new BadTableException("its header contradicts the disk: " + header);
        }
        return header;
    }

    private static int crc(ByteBuffer bytes, int length) {
        CRC32 crc = new CRC32();
        crc.update(bytes.duplicate().position(0).limit(length));
        return (int) crc.getValue();
    }

    /**
     * Writes the table: the backup first, so that at every instant one of the two is whole, then the primary, then the
     * protective boot record.
     *
     * @throws IllegalArgumentException if the partitions do not fit the disk or each other
     */
    static void write(Blocks disk, PartitionTable table) throws IOException {
        int entryBlocks = (ENTRIES * ENTRY_BYTES + disk.blockBytes() - 1) / disk.blockBytes();
        long firstUsable = 2L + entryBlocks;
        long lastUsable = disk.blocks() - 2 - entryBlocks;
        if (lastUsable < firstUsable) {
            throw new IllegalArgumentException(
                    "a disk of " + disk.blocks() + " blocks is too small for a GUID partition table");
        }
        ByteBuffer entries = entries(disk, table, entryBlocks, firstUsable, lastUsable);
        int crc = crc(entries, ENTRIES * ENTRY_BYTES);
        UUID id = UUID.fromString(table.id());
        long last = disk.blocks() - 1;
        disk.write(last - entryBlocks, entries);
        disk.write(last, header(disk, last, 1, last - entryBlocks, firstUsable, lastUsable, id, crc));
        disk.flush();
        disk.write(2, entries);
        disk.write(1, header(disk, 1, last, 2, firstUsable, lastUsable, id, crc));
        disk.write(0, Mbr.protective(disk));
        disk.flush();
    }

    private static ByteBuffer entries(
            Blocks disk, PartitionTable table, int entryBlocks, long firstUsable, long lastUsable) {
        ByteBuffer entries =
                ByteBuffer.allocate(entryBlocks * disk.blockBytes()).order(ByteOrder.LITTLE_ENDIAN);
        List<Partition> before = new ArrayList<>();
        for (Partition one : table.partitions()) {
            if (one.number() < 1 || one.number() > ENTRIES) {
                throw new IllegalArgumentException("partition " + one.number() + ": must be 1 to " + ENTRIES);
            }
            Mbr.requireFits(
                    one, before, disk, firstUsable * disk.blockSectors(), (lastUsable + 1) * disk.blockSectors());
            before.add(one);
            int at = (one.number() - 1) * ENTRY_BYTES;
            Guid.put(entries, at, UUID.fromString(one.type()));
            Guid.put(entries, at + Guid.BYTES, UUID.fromString(one.uuid()));
            entries.putLong(at + 32, one.startSector() / disk.blockSectors());
            entries.putLong(at + 40, one.endSector() / disk.blockSectors() - 1);
            entries.putLong(at + 48, one.bootable() ? LEGACY_BOOTABLE : 0);
            byte[] name = one.name().getBytes(StandardCharsets.UTF_16LE);
            if (name.length > NAME_BYTES) {
                throw new IllegalArgumentException("partition name '" + one.name() + "': more than 36 characters");
            }
            entries.put(at + NAME_AT, name);
        }
        return entries;
    }

    private static ByteBuffer header(
            Blocks disk, long self, long other, long entriesAt, long firstUsable, long lastUsable, UUID id, int crc) {
        ByteBuffer block = ByteBuffer.allocate(disk.blockBytes()).order(ByteOrder.LITTLE_ENDIAN);
        block.putLong(0, SIGNATURE);
        block.putInt(8, REVISION);
        block.putInt(12, HEADER_BYTES);
        block.putLong(24, self);
        block.putLong(32, other);
        block.putLong(40, firstUsable);
        block.putLong(48, lastUsable);
        Guid.put(block, 56, id);
        block.putLong(72, entriesAt);
        block.putInt(80, ENTRIES);
        block.putInt(84, ENTRY_BYTES);
        block.putInt(88, crc);
        block.putInt(16, crc(block, HEADER_BYTES));
        return block;
    }
}
