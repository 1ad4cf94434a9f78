package org.unplug.scsi.target;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands that move, compare, combine and unmap blocks: what is on the medium afterwards. */
class BlocksTest extends Bench {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0a 00 0007 03 00 | 08 00 0007 03 00",
                "2a 00 00000007 00 0003 00 | 28 00 00000007 00 0003 00",
                "aa 00 00000007 00000003 00 00 | a8 00 00000007 00000003 00 00",
                "8a 00 0000000000000007 00000003 00 00 | 88 00 0000000000000007 00000003 00 00",
                "7f 00 00000000 00 18 000b 00 00 0000000000000007 00000000 0000 0000 00000003 "
                        + "| 7f 00 00000000 00 18 0009 00 00 0000000000000007 00000000 0000 0000 00000003",
                "2a 18 00000007 3f 0003 00 | 28 18 00000007 3f 0003 00",
                "2e 10 00000007 00 0003 00 | 28 00 00000007 00 0003 00",
                "ae 12 00000007 00000003 00 00 | 28 00 00000007 00 0003 00",
                "8e 00 0000000000000007 00000003 00 00 | 28 00 00000007 00 0003 00"
            })
    void block_comesBackAsItWasWritten_andItsNeighboursStay(String write, String read) {
        byte[] data = new byte[3 * 512];
        for (int i = 0; i < data.length; i++) {
            data[i] = (byte) (i * 31 >> 3);
        }
        assertEquals(data.length, good(write, data).movedBytes());
        assertArrayEquals(data, good(read, data.length).data());
        assertEquals(0, at(6));
        assertEquals(0, at(10));
    }

    @Test
    void sixBytes_withoutACount_mean256Blocks() {
        replace(SPEC, new RamBacking(256 * 512));
        good("0a 00 0000 00 00", filled(256, 7));
        assertEquals(7, at(255));
        assertEquals(256 * 512, good("08 00 0000 00 00", 256 * 512).movedBytes());
    }

    /** Room or data for more or less than the command wants: what is moved, and the residual. */
    @ParameterizedTest
    @CsvSource({"1024,1024,0", "0,0,-1024", "512,512,-512", "200,200,-824", "10000,1024,8976"})
    void read_movesWhatThereIsRoomFor(int room, int moved, long residual) {
        fill(0, 2, 0x5A);
        Order read = good("28 00 00000000 00 0002 00", room);
        assertEquals(moved, read.movedBytes());
        assertEquals(residual, read.residualBytes());
        for (int i = 0; i < room; i++) {
            assertEquals(i < moved ? 0x5A : 0, read.data()[i]);
        }
    }

    @ParameterizedTest
    @CsvSource({"1024,2,0", "0,0,-1024", "512,1,-512", "200,0,-824", "1000,1,-24", "10000,2,8976"})
    void write_writesTheWholeBlocksThatCame(int sent, int blocks, long residual) {
        for (String cdb : new String[] {"2a 00 00000000 00 0002 00", "2e 02 00000000 00 0002 00"}) {
            fill(0, 3, 1);
            byte[] data = new byte[sent];
            Arrays.fill(data, (byte) 2);
            assertEquals(residual, good(cdb, data).residualBytes());
            for (int i = 0; i < 3; i++) {
                assertEquals(i < blocks ? 2 : 1, at(i), cdb);
            }
        }
    }

    @Test
    void verify_comparesAsItsByteCheckSays() {
        fill(4, 4, 0x44);
        for (String cdb : new String[] {
            "2f 02 00000004 00 0004 00", "af 02 00000004 00000004 00 00", "8f 02 0000000000000004 00000004 00 00"
        }) {
            good(cdb, filled(4, 0x44));
            byte[] wrong = filled(4, 0x44);
            wrong[2 * 512 + 17] = 0;
            assertEquals("e/1d/00 at 6", tell(cdb, wrong), "the block that differs");
        }
        good("2f 00 00000004 00 0004 00", 0);
        good("2f 06 00000004 00 0004 00", filled(1, 0x44));
        fill(7, 1, 0x45);
        assertEquals("e/1d/00 at 7", tell("2f 06 00000004 00 0004 00", filled(1, 0x44)), "one block against each");
        good("2f 02 00000000 00 0000 00", 0);
    }

    @Test
    void compareAndWrite_writesIfAllIsAsExpected_andNothingOtherwise() {
        fill(8, 2, 1);
        good("89 00 0000000000000008 000000 02 00 00", join(filled(2, 1), filled(2, 9)));
        assertEquals(9, at(9));
        byte[] wrong = filled(2, 9);
        wrong[700] = 0;
        assertEquals("e/1d/00 at 700", tell("89 08 0000000000000008 000000 02 00 00", join(wrong, filled(2, 3))));
        assertEquals(9, at(8));
        assertEquals(9, at(9));
        good("89 00 0000000000000008 000000 00 00 00", 0);
    }

    @Test
    void orWrite_addsBits() {
        fill(3, 2, 0x11);
        good("8b 00 0000000000000003 00000002 00 00", filled(2, 0x84));
        assertEquals(0x95, at(3));
        assertEquals(0x95, at(4));
        assertEquals(0, at(5));
        good("8b 00 0000000000000003 00000000 00 00", 0);
    }

    @Test
    void prefetch_saysThatAllIsThere() {
        assertEquals("CONDITION_MET", tell("34 02 00000000 00 0040 00", 0));
        assertEquals("CONDITION_MET", tell("90 00 0000000000000000 00000000 00 00", 0));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "41 00 00000005 00 0003 00",
                "93 00 0000000000000005 00000003 00 00",
                "7f 00 00000000 00 18 000d 00 00 0000000000000005 00000000 0000 0000 00000003"
            })
    void writeSame_repeatsOneBlock(String cdb) {
        good(cdb, filled(1, 0x77));
        assertEquals(0, at(4));
        assertEquals(0x77, at(5));
        assertEquals(0x77, at(7));
        assertEquals(0, at(8));
    }

    @Test
    void writeSame_withoutData_writesZeroes() {
        fill(0, 64, 5);
        good("93 01 0000000000000002 00000002 00 00", 0);
        assertEquals(5, at(1));
        assertEquals(0, at(2));
        assertEquals(0, at(3));
        assertEquals("0+64", map(), "written, not unmapped");
    }

    @Test
    void writeSame_withUnmap_unmapsZeroesAndWritesTheRest() {
        fill(0, 64, 5);
        good("93 08 000000000000000a 00000004 00 00", filled(1, 0));
        assertEquals("0+10 10-4 14+50", map());
        assertEquals(0, at(11));
        good("41 08 00000000 00 0002 00", filled(1, 8));
        assertEquals(8, at(1));
        assertEquals("0+10 10-4 14+50", map());
        good("93 09 0000000000000000 00000040 00 00", 0);
        assertEquals("0-64", map());
    }

    @Test
    void unmap_takesEveryRangeOrNone() {
        fill(0, 64, 5);
        good("42 00 00000000 00 0028 00", list(2, 3, 10, 1));
        assertEquals("0+2 2-3 5+5 10-1 11+53", map());
        assertEquals(0, at(4));
        assertEquals(5, at(5));
        assertEquals("5/21/00 at 64", tell("42 00 00000000 00 0028 00", list(20, 1, 63, 2)));
        assertEquals("0+2 2-3 5+5 10-1 11+53", map());
        good("42 00 00000000 00 0000 00", 0);
        good("42 00 00000000 00 0008 00", HexFormat.of().parseHex("0006000000000000"));
        good("42 00 00000000 00 0018 00", list(64, 0));
    }

    @Test
    void unmap_beyondTheLimitsPage_isRefused() {
        replace(SPEC, new RamBacking(1L << 31));
        assertEquals("5/26/00 list 16", tell("42 00 00000000 00 0018 00", list(0, (1 << 20) + 1)));
        assertEquals("5/26/00 list 2", tell("42 00 00000000 00 1018 00", list(new int[2 * 257])));
        assertEquals("5/24/00 cdb 10", tell("93 08 0000000000000000 00010000 00 00", 512));
        assertEquals("5/24/00 cdb 7", tell("28 00 00000000 00 0801 00", 0));
    }

    private static byte[] list(int... lbaAndCount) {
        int bytes = lbaAndCount.length / 2 * 16;
        byte[] list = new byte[8 + bytes];
        Bytes.put16(list, 0, bytes + 6);
        Bytes.put16(list, 2, bytes);
        for (int i = 0; i < lbaAndCount.length; i += 2) {
            Bytes.put64(list, 8 + i * 8, lbaAndCount[i]);
            Bytes.put32(list, 16 + i * 8, lbaAndCount[i + 1]);
        }
        return list;
    }

    /** GET LBA STATUS as runs: where, plus for mapped or minus, how many. */
    private String map() {
        Order order = good("9e 12 0000000000000000 00001000 00 00", 4096);
        byte[] data = order.moved();
        assertEquals(data.length - 4, Bytes.get32(data, 0));
        StringBuilder text = new StringBuilder();
        for (int at = 8; at < data.length; at += 16) {
            text.append(at == 8 ? "" : " ")
                    .append(Bytes.get64(data, at))
                    .append(data[at + 12] == 0 ? '+' : '-')
                    .append(Bytes.get32(data, at + 8));
        }
        return text.toString();
    }

    @Test
    void lbaStatus_beginsWhereItIsAsked_andGivesOneDescriptorAtLeast() {
        fill(10, 2, 1);
        byte[] one = good("9e 12 000000000000000b 00000018 00 00", 24).moved();
        assertEquals(24, one.length);
        assertEquals(11, Bytes.get64(one, 8));
        assertEquals(1, Bytes.get32(one, 16));
        assertEquals(8, good("9e 12 000000000000000b 00000008 00 00", 8).movedBytes());
    }

    @Test
    void bigUnit_hasBlocksBeyond32Bits() {
        replace(SPEC, new RamBacking(3L << 40));
        long far = (1L << 32) + 5;
        good(String.format("7f 00 00000000 00 18 000b 00 00 %016x 00000000 0000 0000 00000001", far), filled(1, 0x66));
        assertEquals(0x66, at(far));
        assertEquals(0, at(5));
        assertEquals(
                0x66,
                good(String.format("7f 00 00000000 00 18 0009 00 00 %016x 00000000 0000 0000 00000001", far), 512)
                        .data()[0]);
        assertEquals("5/21/00 at " + (6L << 30), tell(String.format("88 00 %016x 00000001 00 00", 6L << 30), 512));
        assertEquals(-1, (int) Bytes.get32(good("25 00 00000000 0000 00 00", 8).data(), 0));
        assertEquals(
                (6L << 30) - 1,
                Bytes.get64(good("9e 10 0000000000000000 00000020 00 00", 32).data(), 0));
    }
}
