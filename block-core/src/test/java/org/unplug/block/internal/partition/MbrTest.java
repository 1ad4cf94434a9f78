package org.unplug.block.internal.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class MbrTest {

    private final ByteBuffer block = ByteBuffer.allocate(512);

    @Test
    void whatWasWritten_isReadBack_inLogicalBlocks() {
        List<Mbr.Entry> entries = List.of(new Mbr.Entry(1, 0x0C, 8, 80), new Mbr.Entry(4, 0x83, 800, 8));
        Mbr.write(block, 8, entries);
        assertEquals(entries, Mbr.read(block, 8, 1000));
        assertEquals(1, block.getInt(446 + 8) >>> 24, "little endian, in blocks");
    }

    @Test
    void noSignature_isNoTable() {
        Mbr.write(block, 1, List.of(new Mbr.Entry(1, 0x0C, 8, 8)));
        block.put(511, (byte) 0);
        assertEquals(List.of(), Mbr.read(block, 1, 1000));
    }

    @Test
    void fatBootSector_isNoTable() {
        Mbr.write(block, 1, List.of(new Mbr.Entry(1, 0x0C, 8, 8)));
        block.put(0, (byte) 0xEB).put(12, (byte) 2).put(13, (byte) 8).put(14, (byte) 1);
        block.put(16, (byte) 2).put(21, (byte) 0xF8);
        assertEquals(List.of(), Mbr.read(block, 1, 1000));
        block.put(16, (byte) 9);
        assertEquals(1, Mbr.read(block, 1, 1000).size(), "with nine FATs it is none");
    }

    @Test
    void entriesThatReachPastTheEnd_overlap_areEmpty_extendedOrProtective_areLeftOut() {
        assertEquals(0, usable(new Mbr.Entry(1, 0x0C, 990, 11)));
        assertEquals(1, usable(new Mbr.Entry(1, 0x0C, 990, 10)));
        assertEquals(0, usable(new Mbr.Entry(1, 0x0C, 0, 10)));
        assertEquals(0, usable(new Mbr.Entry(1, 0x0C, 10, 0)));
        assertEquals(0, usable(new Mbr.Entry(1, 0x05, 10, 10)));
        assertEquals(0, usable(new Mbr.Entry(1, 0xEE, 1, 10)));
        assertEquals(0, usable(new Mbr.Entry(1, 0x0C, 0xFFFFFFFFL, 0xFFFFFFFFL)));
        assertEquals(1, usable(new Mbr.Entry(1, 0x0C, 10, 10), new Mbr.Entry(2, 0x0C, 19, 10)));
        assertEquals(2, usable(new Mbr.Entry(1, 0x0C, 10, 10), new Mbr.Entry(2, 0x0C, 20, 10)));
    }

    private int usable(Mbr.Entry... entries) {
        Mbr.write(block, 1, List.of(entries));
        return Mbr.read(block, 1, 1000).size();
    }

    @Test
    void statusByteOfNoTable_isNoTable() {
        Mbr.write(block, 1, List.of(new Mbr.Entry(1, 0x0C, 8, 8)));
        block.put(446, (byte) 0x80);
        assertEquals(1, Mbr.read(block, 1, 1000).size());
        block.put(446, (byte) 0x33);
        assertEquals(List.of(), Mbr.read(block, 1, 1000));
    }
}
