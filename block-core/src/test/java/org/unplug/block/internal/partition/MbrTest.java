package org.unplug.block.internal.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.unplug.block.Partition;
import org.unplug.block.PartitionTable;
import org.unplug.block.Removal;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.QueueLimits;
import org.unplug.block.testing.BootRecord;
import org.unplug.block.testing.FlatBlockLayer;
import org.unplug.block.testing.ScriptedDriver;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;

/** What a boot record says, and what is none. */
class MbrTest {

    private static final long SECTORS = 1000;

    private final ScriptedDriver driver = new ScriptedDriver(SECTORS);
    private final byte[] disk = driver.content();

    private PartitionTable read(int blockBytes) throws IOException {
        try (SystemClockwork clockwork = Clockwork.system("mbr")) {
            FlatBlockLayer layer = new FlatBlockLayer(clockwork);
            Gendisk added = layer.add(
                    DiskSpec.of("ram", SECTORS).withLimits(QueueLimits.DEFAULT.withLogicalBlockBytes(blockBytes)),
                    driver);
            PartitionTable table = layer.table().partitions().read(added);
            layer.settle(10_000);
            added.remove(Removal.ORDERLY);
            return table;
        }
    }

    @Test
    void entries_countLogicalBlocks() throws IOException {
        BootRecord.write(disk, new BootRecord.Entry(1, 0x0C, 1, 10), new BootRecord.Entry(4, 0x83, 100, 1));
        disk[446 + 48] = (byte) 0x80;
        assertEquals(
                List.of(new Partition(1, 8, 80, "0c", "", "", false), new Partition(4, 800, 8, "83", "", "", true)),
                read(4096).partitions());
    }

    @Test
    void noSignature_isNoTable() throws IOException {
        BootRecord.write(disk, new BootRecord.Entry(1, 0x0C, 8, 8));
        disk[511] = 0;
        assertNull(read(512));
    }

    @Test
    void fatBootSector_isNoTable() throws IOException {
        BootRecord.write(disk, new BootRecord.Entry(1, 0x0C, 8, 8));
        disk[0] = (byte) 0xEB;
        disk[12] = 2;
        disk[13] = 8;
        disk[14] = 1;
        disk[16] = 2;
        disk[21] = (byte) 0xF8;
        assertNull(read(512));
        disk[16] = 9;
        assertEquals(1, read(512).partitions().size(), "with nine FATs it is none");
    }

    @Test
    void entriesThatReachPastTheEnd_overlap_orAreEmpty_areLeftOut() throws IOException {
        assertEquals(0, usable(new BootRecord.Entry(1, 0x0C, 990, 11)));
        assertEquals(1, usable(new BootRecord.Entry(1, 0x0C, 990, 10)));
        assertEquals(0, usable(new BootRecord.Entry(1, 0x0C, 0, 10)));
        assertEquals(0, usable(new BootRecord.Entry(1, 0x0C, 10, 0)));
        assertEquals(0, usable(new BootRecord.Entry(1, 0x0C, 0xFFFFFFFFL, 0xFFFFFFFFL)));
        assertEquals(1, usable(new BootRecord.Entry(1, 0x0C, 10, 10), new BootRecord.Entry(2, 0x0C, 19, 10)));
        assertEquals(2, usable(new BootRecord.Entry(1, 0x0C, 10, 10), new BootRecord.Entry(2, 0x0C, 20, 10)));
    }

    private int usable(BootRecord.Entry... entries) throws IOException {
        BootRecord.write(disk, entries);
        return read(512).partitions().size();
    }

    @Test
    void extendedPartition_withoutAChain_isOnlyItself() throws IOException {
        BootRecord.write(disk, new BootRecord.Entry(1, 0x05, 10, 10));
        assertEquals(1, read(512).partitions().size());
        assertEquals(true, read(512).partitions().get(0).isExtended());
    }

    @Test
    void protectiveEntry_isNoPartition() throws IOException {
        BootRecord.write(disk, new BootRecord.Entry(1, 0xEE, 1, 10));
        assertNull(read(512), "and no GUID partition table is behind it");
    }

    @Test
    void statusByteOfNoTable_isNoTable() throws IOException {
        BootRecord.write(disk, new BootRecord.Entry(1, 0x0C, 8, 8));
        disk[446] = (byte) 0x80;
        assertEquals(1, read(512).partitions().size());
        disk[446] = 0x33;
        assertNull(read(512));
    }
}
