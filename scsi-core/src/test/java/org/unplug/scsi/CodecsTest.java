package org.unplug.scsi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HexFormat;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CodecsTest {

    private final byte[] cdb = new byte[Cdb.MAX_BYTES];

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    private String hex(int length) {
        return HexFormat.of().formatHex(cdb, 0, length);
    }

    @Test
    void sense_fixed_isDecoded() {
        byte[] sense = bytes("f0 00 03 00 00 00 11 0a 00 00 00 00 11 00 00 00 00 00");
        SenseData data = SenseData.decode(sense, sense.length).orElseThrow();
        assertEquals(SenseKey.MEDIUM_ERROR, data.key());
        assertTrue(data.is(0x11, 0x00));
        assertEquals(OptionalLong.of(17), data.information());
        assertFalse(data.deferred());
        assertEquals("medium error: unrecovered read error (11/00) at block 17", data.text());
    }

    @Test
    void sense_descriptor_isDecodedWithSixtyFourBits() {
        byte[] sense = bytes("72 05 21 00 00 00 00 0c 00 0a 80 00 00 00 00 02 00 00 00 01");
        SenseData data = SenseData.decode(sense, sense.length).orElseThrow();
        assertEquals(SenseKey.ILLEGAL_REQUEST, data.key());
        assertEquals(OptionalLong.of(0x2_0000_0001L), data.information());
    }

    @Test
    void sense_deferred_isToldApart() {
        assertTrue(SenseData.decode(bytes("71 00 03 00 00 00 00 0a 00000000 0c00"), 14)
                .orElseThrow()
                .deferred());
        assertTrue(
                SenseData.decode(bytes("73 03 0c 00 00000000"), 8).orElseThrow().deferred());
    }

    @Test
    void sense_cutShortOrOfAnotherKind_neverThrows() {
        byte[] whole = bytes("72 05 21 00 00 00 00 0c 00 0a 80 00 00 00 00 02 00 00 00 01");
        for (int length = 0; length <= whole.length; length++) {
            assertEquals(length >= 3, SenseData.decode(whole, length).isPresent(), "of " + length + " bytes");
        }
        assertTrue(SenseData.decode(bytes("00 00 00 00"), 4).isEmpty());
    }

    @ParameterizedTest
    @EnumSource(SenseKey.class)
    void sense_ofEveryKey_survivesBothFormats(SenseKey key) {
        byte[] buffer = new byte[96];
        SenseData data = SenseData.of(key, 0x29, 0x03).at(77);
        assertEquals(data, SenseData.decode(buffer, data.encodeFixed(buffer)).orElseThrow());
        assertEquals(
                data, SenseData.decode(buffer, data.encodeDescriptors(buffer)).orElseThrow());
    }

    @Test
    void read_isTenBytesWhereThatSuffices() {
        int length = Cdb.read(cdb, 0x0102_0304, 0x0506, true);
        assertEquals("28080102030400050600", hex(length));
        assertEquals(0x0102_0304, Cdb.lba(cdb));
        assertEquals(0x0506, Cdb.blocks(cdb));
        assertTrue(Cdb.fua(cdb));
    }

    @Test
    void write_isSixteenBytesForFarOrLongOnes() {
        assertEquals("8a000000000100000000000000080000", hex(Cdb.write(cdb, 1L << 32, 8, false)));
        assertEquals(1L << 32, Cdb.lba(cdb));
        assertEquals(16, Cdb.write(cdb, 0, 0x10000, false));
        assertEquals(0x10000, Cdb.blocks(cdb));
        assertEquals(10, Cdb.write(cdb, 0xFFFF_FFFFL, 0xFFFF, false));
        assertEquals(0xFFFF_FFFFL, Cdb.lba(cdb));
    }

    @Test
    void sixByteForms_reachTwoMillionBlocksAndNoMore() {
        assertEquals("080102030400", hex(Cdb.read6(cdb, 0x0001_0203, 4)));
        assertEquals(0x0001_0203, Cdb.lba(cdb));
        assertEquals(4, Cdb.blocks(cdb));
        assertFalse(Cdb.fua(cdb), "byte 1 is address there");
        assertEquals("0a1fffff0000", hex(Cdb.write6(cdb, Cdb.END_LBA_6 - 1, 256)));
        assertEquals(Cdb.END_LBA_6 - 1, Cdb.lba(cdb));
        assertEquals(256, Cdb.blocks(cdb), "0 stands for 256");
        assertThrows(IllegalArgumentException.class, () -> Cdb.read6(cdb, Cdb.END_LBA_6, 1));
        assertThrows(IllegalArgumentException.class, () -> Cdb.write6(cdb, 0, 257));
    }

    @Test
    void thirtyTwoByteForms_carryTheReferenceTag() {
        int length = Cdb.read32(cdb, 0x0102_0304_0506_0708L, 9, true);
        assertEquals("7f000000000000180009080001020304050607080506070800000000" + "00000009", hex(length));
        assertEquals(0x0102_0304_0506_0708L, Cdb.lba(cdb));
        assertEquals(9, Cdb.blocks(cdb));
        assertTrue(Cdb.fua(cdb));
        assertEquals("READ(32) of 9 at block 72623859790382856", Cdb.describe(cdb));
        Cdb.write32(cdb, 1, 1, false);
        assertEquals("WRITE(32) of 1 at block 1", Cdb.describe(cdb));
        assertFalse(Cdb.fua(cdb));
    }

    @Test
    void rangesInThirtyTwoBytes_andTheQuestionForThem() {
        int length = Cdb.writeSame32(cdb, 1L << 32, 9, true);
        assertEquals(
                "7f000000000000" + "18" + "000d0800" + "0000000100000000" + "00000000" + "00000000" + "00000009",
                hex(length));
        assertEquals("WRITE SAME(32) of 9 at block 4294967296", Cdb.describe(cdb));
        length = Cdb.verify32(cdb, 5, 2, true);
        assertEquals(
                "7f000000000000" + "18" + "000a0200" + "0000000000000005" + "00000005" + "00000000" + "00000002",
                hex(length));
        length = Cdb.reportSupportedAction(cdb, Cdb.VARIABLE_LENGTH, Cdb.WRITE_SAME_32_ACTION, 4);
        assertEquals("a30c027f000d000000040000", hex(length));
    }

    @Test
    void verifyWriteSameAndUnmap_areBuiltAsTheStandardSays() {
        assertEquals("2f020000000700000300", hex(Cdb.verify(cdb, 7, 3, true)));
        assertEquals("8f000000000100000000000000030000", hex(Cdb.verify(cdb, 1L << 32, 3, false)));
        assertEquals("41000000000700000300", hex(Cdb.writeSame10(cdb, 7, 3, false)));
        assertEquals("93080000000100000000000000030000", hex(Cdb.writeSame16(cdb, 1L << 32, 3, true)));
        assertEquals("42000000000000001800", hex(Cdb.unmap(cdb, Cdb.UNMAP_LIST_BYTES)));
        java.nio.ByteBuffer list = java.nio.ByteBuffer.allocate(Cdb.UNMAP_LIST_BYTES);
        Cdb.unmapList(list, 0x1_0000_0007L, 3);
        assertEquals(
                "0016001000000000" + "0000000100000007" + "0000000300000000",
                HexFormat.of().formatHex(list.array()));
    }

    @Test
    void sense_inWords_saysWhatTheUnitSays() {
        byte[] field = bytes("70 00 05 00 00 00 00 0a 00 00 00 00 24 00 00 cb 00 02");
        assertEquals(
                "illegal request: invalid field in CDB (24/00), byte 2 bit 3 of the command",
                SenseData.inWords(field, field.length));
        byte[] progress = bytes("72 02 04 04 00 00 00 08 02 06 00 00 80 80 00 00");
        assertEquals("not ready: format in progress (04/04), 50 % done", SenseData.inWords(progress, progress.length));
        byte[] tries = bytes("f0 00 03 00 00 00 11 0a 00 00 00 05 11 00 21 80 00 07");
        assertEquals(
                "medium error: unrecovered read error (11/00) at block 17, command information 5h, part 21h, after 7 tries"
                        + " of its own",
                SenseData.inWords(tries, tries.length));
        byte[] length = bytes("72 00 00 00 00 00 00 04 05 02 00 20");
        assertEquals("no sense (00/00), wrong length", SenseData.inWords(length, length.length));
        assertEquals("no sense data", SenseData.inWords(new byte[0], 0));
        assertEquals("4 bytes that are no sense data", SenseData.inWords(new byte[4], 4));
        for (int cut = 3; cut < tries.length; cut++) {
            assertTrue(SenseData.inWords(tries, cut).startsWith("medium error"), "of " + cut + " bytes");
        }
    }

    @Test
    void builders_leaveNothingOfTheCommandBefore() {
        Cdb.write(cdb, -1, 0x7FFF_FFFF, true);
        assertEquals("000000000000", hex(Cdb.testUnitReady(cdb)));
        assertEquals("1b0000000200", hex(Cdb.startStop(cdb, false, true)));
        assertEquals("120183007000", hex(Cdb.inquiryPage(cdb, 0x83, 0x70)));
        assertEquals("35000000000000000000", hex(Cdb.synchronizeCache(cdb, false)));
    }

    @Test
    void address_readsWhatItWrites() {
        ScsiAddress address = new ScsiAddress(2, 0, 3, 300);
        assertEquals(address, ScsiAddress.parse(address.toString()));
        for (String wrong : new String[] {"", "1:2:3", "1:2:3:x", "1:2:3:-4", "1:2:3:4:5"}) {
            assertThrows(IllegalArgumentException.class, () -> ScsiAddress.parse(wrong), wrong);
        }
    }

    @Test
    void lun_survivesBothAddressingMethods() {
        for (long lun : new long[] {0, 1, 255, 256, ScsiAddress.MAX_LUN}) {
            assertEquals(lun, ScsiAddress.decodeLun(ScsiAddress.encodeLun(lun)));
        }
        assertEquals(0x4100L << 48, ScsiAddress.encodeLun(256));
        assertEquals(-1, ScsiAddress.decodeLun(0x0001_0002L << 32), "a hierarchy is not had");
        assertThrows(IllegalArgumentException.class, () -> ScsiAddress.encodeLun(ScsiAddress.MAX_LUN + 1));
    }
}
