package org.unplug.mmc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The registers of two cards that exist, and of many that do not. */
class RegistersTest {

    @Test
    void cidOfAnSdhcCard_isDecoded() {
        Cid cid = Cid.decode(RegisterBits.ofHex("275048534430384730b0022f9100c5ff"));
        assertEquals(0x27, cid.manufacturer());
        assertEquals("PH", cid.oem());
        assertEquals("SD08G", cid.name());
        assertEquals(0x30, cid.revision());
        assertEquals("0xb0022f91", cid.serialText());
        assertEquals(2012, cid.year());
        assertEquals(5, cid.month());
    }

    @Test
    void cidOfAnSdscCard_isDecoded() {
        Cid cid = Cid.decode(RegisterBits.ofHex("015041534d303247894a70134a008a27"));
        assertEquals("SM02G", cid.name());
        assertEquals(2008, cid.year());
        assertEquals(10, cid.month());
        assertTrue(cid.raw().crcMatches());
    }

    @Test
    void switchStatus_saysWhatItWasMadeFor_andIsAskedForByGroup() {
        RegisterBits supported = new RegisterBits(0, 0)
                .with(0, 16, 0x801f)
                .with(16, 16, 0x8001)
                .with(48, 16, 0x800f)
                .with(80, 16, 0x8001);
        SwitchStatus made = new SwitchStatus(250, supported, 0x00f0_30f3 & 0xffffff);
        byte[] bytes = made.encode();
        SwitchStatus read = SwitchStatus.decode(bytes);
        assertEquals(made, read);
        assertEquals(250, (bytes[0] & 0xff) << 8 | bytes[1] & 0xff);
        assertEquals(0x1f, bytes[13], "group 1 ends the list, as the kernel reads it");
        assertEquals(3, bytes[16] & 0xf);
        assertTrue(read.supports(SwitchStatus.ACCESS_MODE, 4));
        assertFalse(read.supports(SwitchStatus.ACCESS_MODE, 5));
        assertTrue(read.supports(4, 3));
        assertFalse(read.supports(5, 0));
        assertEquals(3, read.selected(1));
        assertEquals(SwitchStatus.NONE, read.selected(2));
        assertEquals(3, read.selected(4));
        assertEquals(SwitchStatus.NONE, read.selected(6));
        assertEquals(0x00fffff1, SwitchStatus.argument(false, 1, 1));
        assertEquals(0x80fffff3, SwitchStatus.argument(true, 1, 3));
        assertEquals(0x80ff2fff, SwitchStatus.argument(true, 4, 2));
    }

    @Test
    void packedLimitsAndSpeeds_areReadFromExtCsd() {
        byte[] bytes = new byte[ExtCsd.BYTES];
        assertEquals(0, ExtCsd.decode(bytes).packedWrites());
        assertFalse(ExtCsd.decode(bytes).hs200());
        bytes[500] = 63;
        bytes[501] = (byte) 200;
        bytes[196] = 0x10;
        ExtCsd read = ExtCsd.decode(bytes);
        assertEquals(63, read.packedWrites());
        assertEquals(200, read.packedReads());
        assertTrue(read.hs200());
        assertFalse(read.highSpeed());
    }

    @Test
    void csdOfAnSdhcCard_isDecoded() {
        Csd csd = Csd.decode(RegisterBits.ofHex("400e00325b5900003b5f7f800a400075"));
        assertEquals(2, csd.version());
        assertEquals(15_200L * (512 << 10), csd.capacityBytes());
        assertEquals(25_000, csd.transferKbits());
        assertEquals(512, csd.readBlockBytes());
        assertEquals(0x5b5, csd.commandClasses());
        assertFalse(csd.isWriteProtected());
        assertTrue(csd.raw().crcMatches());
    }

    @Test
    void csdOfAnSdscCard_isDecoded() {
        Csd csd = Csd.decode(RegisterBits.ofHex("005d01321b5a83c0b6dbffff12800055"));
        assertEquals(1, csd.version());
        assertEquals(1024, csd.readBlockBytes());
        assertEquals(3843L * 512 * 1024, csd.capacityBytes());
        assertTrue(csd.raw().crcMatches());
    }

    @ParameterizedTest
    @ValueSource(longs = {2048, 1 << 20, 64 << 20, (64 << 20) + 32768, 1L << 30, 2L << 30})
    void csdVersion1_saysWhatItWasMadeFor(long bytes) {
        Csd csd = Csd.encodeStandard(bytes, false);
        assertEquals(bytes, csd.capacityBytes());
        assertEquals(1, csd.version());
        assertTrue(csd.raw().crcMatches());
    }

    @Test
    void csdVersion1_leavesOutWhatFillsNoUnit() {
        assertEquals(64 << 20, Csd.encodeStandard((64 << 20) + 513, false).capacityBytes());
        assertThrows(IllegalArgumentException.class, () -> Csd.encodeStandard(2047, false));
        assertThrows(IllegalArgumentException.class, () -> Csd.encodeStandard((2L << 30) + 1, false));
    }

    @ParameterizedTest
    @ValueSource(longs = {512 << 10, 8L << 30, 32L << 30, 2L << 40, 128L << 40})
    void csdVersions2And3_sayWhatTheyWereMadeFor(long bytes) {
        Csd csd = Csd.encodeHigh(bytes, true);
        assertEquals(bytes, csd.capacityBytes());
        assertEquals(bytes > 2L << 40 ? 3 : 2, csd.version());
        assertTrue(csd.temporaryWriteProtect());
    }

    @Test
    void csdOfUnknownStructure_isRefused() {
        RegisterBits odd = new RegisterBits(0, 0).with(126, 2, 3);
        assertThrows(IllegalArgumentException.class, () -> Csd.decode(odd));
    }

    @Test
    void scr_tellsLinesAndCmd23() {
        assertEquals(new Scr(0x0235_8003_0000_0000L, 0, 2, true, true, 0), Scr.decode(0x0235_8003_0000_0000L));
        Scr old = Scr.decode(0x00a1_0000_0000_0000L);
        assertFalse(old.fourBit());
        assertFalse(old.setBlockCount());
        assertFalse(old.hasSwitch());
        assertEquals(Scr.encode(true, true), Scr.decode(Scr.encode(true, true).raw()));
    }

    @Test
    void aFlippedBit_isFoundByTheChecksum() {
        RegisterBits good =
                Cid.encode(1, "AB", "CDEFG", 0x10, 0xdeadbeefL, 2026, 11).raw();
        assertTrue(good.crcMatches());
        for (int bit = 1; bit < 128; bit++) {
            long flipped = 1 - good.field(bit, 1);
            assertFalse(good.with(bit, 1, flipped).crcMatches(), "bit " + bit);
        }
    }

    @Test
    void fieldsSetAnywhere_areReadBack_andDisturbNoOther() {
        Random random = new Random(20091029);
        for (int round = 0; round < 20_000; round++) {
            int width = 1 + random.nextInt(32);
            int lowest = random.nextInt(128 - width + 1);
            RegisterBits before = new RegisterBits(random.nextLong(), random.nextLong());
            long value = random.nextLong() & ((1L << width) - 1);
            RegisterBits after = before.with(lowest, width, value);
            assertEquals(value, after.field(lowest, width));
            assertEquals(before, after.with(lowest, width, before.field(lowest, width)));
        }
    }

    @Test
    void cardStatus_tellsStateAndErrors() {
        CardStatus status = CardStatus.of(CardState.PRG, CardStatus.WP_VIOLATION);
        assertEquals(CardState.PRG, status.state());
        assertTrue(status.failed());
        assertFalse(new CardStatus(0x900).failed());
        assertEquals(CardState.TRAN, new CardStatus(0x900).state());
        assertTrue(new CardStatus(0x900).readyForData());
        assertEquals(null, new CardStatus(0x1e00).state());
    }
}
