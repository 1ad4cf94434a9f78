package org.unplug.scsi.target;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a unit tells of itself: INQUIRY, capacity, mode pages, commands, attentions, readiness. */
class TellingTest extends Bench {

    private byte[] page(int page) {
        byte[] data = good(String.format("12 01 %02x 00ff 00", page), 255).moved();
        assertEquals(page, data[1] & 0xFF);
        assertEquals(data.length - 4, Bytes.get16(data, 2));
        return data;
    }

    @Test
    void inquiry_namesTheUnitAndWhatItConformsTo() {
        byte[] data = good("12 00 00 00ff 00", 255).moved();
        assertEquals(96, data.length);
        assertEquals(0, data[0]);
        assertEquals(0x80, data[1] & 0xFF, "removable");
        assertEquals(6, data[2]);
        assertEquals(0x12, data[3]);
        assertEquals(91, data[4]);
        assertEquals("Unplug  bench           0100", new String(data, 8, 28, StandardCharsets.US_ASCII));
        assertEquals(0x0460, Bytes.get16(data, 60));
        assertEquals(0x04C0, Bytes.get16(data, 62));
        for (int length = 5; length < 96; length++) {
            assertArrayEquals(
                    Arrays.copyOf(data, length),
                    good(String.format("12 00 00 %04x 00", length), 255).moved());
        }
    }

    @Test
    void pages_areThoseThatPage00Lists() {
        byte[] list = page(0);
        assertEquals("008083" + "86b0b1b2", HexFormat.of().formatHex(list, 4, list.length));
        for (int i = 4; i < list.length; i++) {
            page(list[i] & 0xFF);
        }
        assertEquals("SN1", new String(page(0x80), 4, 3, StandardCharsets.US_ASCII));
        byte[] id = page(0x83);
        assertEquals("01030008" + "3000000000000001", HexFormat.of().formatHex(id, 4, 16));
    }

    @Test
    void limitsPage_isWhatIsEnforced() {
        byte[] limits = page(0xB0);
        assertEquals(1, limits[4], "no count is refused by WRITE SAME");
        assertEquals(255, limits[5] & 0xFF);
        assertEquals(2048, Bytes.get32(limits, 8));
        assertEquals(1 << 20, Bytes.get32(limits, 20));
        assertEquals(256, Bytes.get32(limits, 24));
        assertEquals(0xFFFF, Bytes.get64(limits, 36));
        assertEquals(1, Bytes.get16(page(0xB1), 4), "does not rotate");
        assertEquals("00e40200", HexFormat.of().formatHex(page(0xB2), 4, 8));
        replace(SPEC.withThin(false), new RamBacking(BLOCKS * 512));
        assertEquals(0, Bytes.get32(page(0xB0), 20));
        assertEquals("00000000", HexFormat.of().formatHex(page(0xB2), 4, 8));
    }

    @Test
    void capacity_isTheLastBlockAndItsSize() {
        replace(SPEC.withBlocks(4096, 1), new RamBacking(1 << 20));
        assertEquals(
                "000000ff00001000",
                HexFormat.of().formatHex(good("25 00 00000000 0000 00 00", 8).data()));
        byte[] data = good("9e 10 0000000000000000 00000020 00 00", 32).data();
        assertEquals(255, Bytes.get64(data, 0));
        assertEquals(4096, Bytes.get32(data, 8));
        assertEquals(1, data[13], "two logical blocks in a physical one");
        assertEquals(0xC0, data[14] & 0xFF, "thin, and what is unmapped reads as zeroes");
        replace(SPEC, new RamBacking(0));
        assertEquals(
                -1,
                Bytes.get64(good("9e 10 0000000000000000 00000020 00 00", 32).data(), 0));
    }

    @Test
    void defectLists_areEmptyInWhicheverFormTheyAreWanted() {
        assertEquals(
                "000c0000",
                HexFormat.of().formatHex(good("37 00 0c 00000000 0004 00", 4).data()));
        assertEquals(
                "0015000000000000",
                HexFormat.of()
                        .formatHex(good("b7 15 00000000 00000008 00 00", 8).data()));
    }

    @ParameterizedTest
    @CsvSource({
        "1a 08 01 00 ff 00, 16, 010a", "1a 08 08 00 ff 00, 24, 0812", "1a 08 0a 00 ff 00, 16, 0a0a",
        "1a 08 1c 00 ff 00, 16, 1c0a", "1a 08 3f ff ff 00, 60, 010a", "1a 00 08 00 ff 00, 32, 00000040",
        "5a 08 0a 00 000000 00ff 00, 20, 0a0a", "5a 10 0a 00 000000 00ff 00, 36, 0000000000000040"
    })
    void modePages_comeWithAndWithoutBlockDescriptor(String cdb, int length, String first) {
        byte[] data = good(cdb, 255).moved();
        boolean ten = cdb.startsWith("5a");
        assertEquals(length, data.length);
        assertEquals(length, ten ? Bytes.get16(data, 0) + 2 : data[0] + 1);
        assertTrue(HexFormat.of().formatHex(data).substring(ten ? 16 : 8).startsWith(first));
        assertEquals(0x10, data[ten ? 3 : 2] & 0x10, "DPO and FUA are had");
    }

    @Test
    void modeSelect_changesWhatCanBeChanged_andTellsTheOther() {
        String caching = "0812" + "04" + "0".repeat(34);
        String off = "0812" + "00" + "0".repeat(34);
        assertEquals(
                "04", HexFormat.of().formatHex(good("1a 08 48 00 ff 00", 255).moved(), 6, 7), "changeable: WCE");
        good("15 10 0000 18 00", HexFormat.of().parseHex("00000000" + off));
        assertTrue(unit.writesThrough());
        assertEquals("6/2a/01", tell(second, "00 0000000000", 0));
        assertEquals("GOOD", tell(first, "00 0000000000", 0));
        good("55 10 0000000000 001c 00", HexFormat.of().parseHex("00".repeat(8) + caching));
        assertFalse(unit.writesThrough());
        listen();
        good("15 10 0000 18 00", HexFormat.of().parseHex("00000000" + caching));
        assertEquals("GOOD", tell(second, "00 0000000000", 0), "nothing has changed");
    }

    @ParameterizedTest
    @CsvSource({
        // header, block descriptor, pages -> refusal
        "00000000 0812 05 0000000000000000000000000000000000, 5/26/00 list 6.0",
        "00000000 0812 04 0100000000000000000000000000000000, 5/26/00 list 7.0",
        "00000000 0811 04 0000000000000000000000000000000000, 5/26/00 list 5",
        "00000000 1d0a 00 000000000000000000, 5/26/00 list 4.5",
        "00000000 0812 04 00000000, 5/1a/00",
        "00000004 00000000 0812 04 0000000000000000000000000000000000, 5/26/00 list 3",
        "00000008 0000004000000400 0812 04 0000000000000000000000000000000000, 5/26/00 list 9"
    })
    void modeSelect_ofWhatCannotBe_isPointedAt_andChangesNothing(String list, String told) {
        byte[] data = HexFormat.of().parseHex(list.replace(" ", ""));
        byte[] before = good("1a 00 3f 00 ff 00", 255).moved();
        assertEquals(told, tell(String.format("15 10 0000 %02x 00", data.length), data));
        assertArrayEquals(before, good("1a 00 3f 00 ff 00", 255).moved());
    }

    @Test
    void softwareWriteProtection_isItsOwnRefusal() {
        good("15 10 0000 10 00", HexFormat.of().parseHex("00000000" + "0a0a" + "00100800000000000000"));
        assertEquals("7/27/02", tell("2a 00 00000000 00 0001 00", 512));
        good("28 00 00000000 00 0001 00", 512);
        good("15 10 0000 10 00", HexFormat.of().parseHex("00000000" + "0a0a" + "00100000000000000000"));
        good("2a 00 00000000 00 0001 00", 512);
    }

    static Stream<Operation> operations() {
        return Operations.ALL.stream();
    }

    @ParameterizedTest
    @MethodSource("operations")
    void command_isReportedWithItsUsageAndTimeout(Operation operation) {
        int option = operation.action < 0 ? 1 : 2;
        String cdb = String.format(
                "a3 0c %02x %02x %04x 00000100 00 00", 0x80 | option, operation.opcode, Math.max(0, operation.action));
        byte[] data = good(cdb, 256).moved();
        assertEquals(0x83, data[1] & 0xFF);
        int length = Bytes.get16(data, 2);
        assertEquals(operation.usage.length, length);
        assertEquals(operation.opcode, data[4] & 0xFF);
        assertEquals(10, Bytes.get16(data, 4 + length));
        assertEquals(operation.timeoutSeconds, Bytes.get32(data, 4 + length + 8));
    }

    @Test
    void allCommands_areInOneList() {
        byte[] plain = good("a3 0c 00 00 0000 00001000 00 00", 4096).moved();
        assertEquals(Operations.ALL.size() * 8L, Bytes.get32(plain, 0));
        byte[] timed = good("a3 0c 80 00 0000 00001000 00 00", 4096).moved();
        assertEquals(Operations.ALL.size() * 20L, Bytes.get32(timed, 0));
        assertEquals(
                "da010000",
                HexFormat.of()
                        .formatHex(good("a3 0d 00 000000 00000004 00 00", 4).data()));
        assertEquals(16, good("a3 0d 80 000000 00000010 00 00", 16).movedBytes());
    }

    @Test
    void newInitiator_isToldOfPowerOn_andAKnownOneOfItsLoss() {
        Nexus third = target.join("third");
        assertEquals("6/29/00", tell(third, "28 00 00000000 00 0001 00", 512));
        assertEquals("GOOD", tell(third, "28 00 00000000 00 0001 00", 512));
        Nexus again = target.join("third");
        assertEquals("6/29/07", tell(again, "00 0000000000", 0));
        assertEquals("GOOD", tell(first, "00 0000000000", 0));
    }

    @Test
    void attention_waitsWhileInquiryAndReportLunsAreAnswered() {
        unit.attend(UnitAttention.DEVICE_RESET);
        unit.attend(UnitAttention.CAPACITY_CHANGED);
        good("12 00 00 0024 00", 36);
        good("a0 00 00 000000 00000010 00 00", 16);
        assertEquals("6/29/03", tell("00 0000000000", 0));
        byte[] sense = good("03 00 0000 12 00", 18).data();
        assertEquals("2a09", HexFormat.of().formatHex(sense, 12, 14), "REQUEST SENSE takes the next");
        assertEquals("GOOD", tell("00 0000000000", 0));
        assertEquals("6/29/03", tell(second, "00 0000000000", 0));
    }

    @Test
    void unitThatComesOrGoes_isToldByTheOthers_andReportLunsClearsIt() {
        target.add(3, SPEC, new RamBacking(512));
        assertEquals("6/3f/0e", tell("00 0000000000", 0));
        target.remove(3);
        assertEquals(8, good("a0 00 00 000000 00000010 00 00", 16).data()[3]);
        assertEquals("GOOD", tell("00 0000000000", 0));
        assertEquals("6/3f/0e", tell(second, "00 0000000000", 0));
    }

    @Test
    void stoppedUnit_needsAStart_andAnEjectedOneItsMedium() {
        good("1b 00 00 00 00 00", 0);
        assertEquals("2/04/02", tell("28 00 00000000 00 0001 00", 512));
        assertEquals(
                "0402", HexFormat.of().formatHex(good("03 00 0000 12 00", 18).data(), 12, 14));
        good("1b 00 00 00 01 00", 0);
        good("1b 00 00 00 02 00", 0);
        assertFalse(unit.isLoaded());
        assertEquals("2/3a/00", tell("00 0000000000", 0));
        good("12 00 00 0024 00", 36);
        good("1b 01 00 00 03 00", 0);
        assertEquals("GOOD", tell("00 0000000000", 0));
        assertEquals("6/28/00", tell(second, "00 0000000000", 0), "the other learns of the medium");
        good("1b 00 00 00 32 00", 0);
        assertTrue(unit.isLoaded(), "with a power condition the rest means nothing");
    }

    @Test
    void eject_isPreventedByEachInitiatorForItself() {
        good("1e 00 0000 01 00", 0);
        assertEquals("GOOD", tell(second, "1e 00 0000 01 00", 0));
        good("1e 00 0000 00 00", 0);
        assertEquals("5/53/02", tell("1b 00 00 00 02 00", 0));
        target.leave(second);
        good("1b 00 00 00 02 00", 0);
        good("1e 00 0000 01 00", 0);
        assertEquals("5/53/02", tell("1b 00 00 00 03 00", 0), "nor is it loaded");
    }

    @Test
    void reset_endsPreventionsAndIsToldToAll() {
        good("1e 00 0000 01 00", 0);
        assertEquals(Target.Response.COMPLETE, target.resetUnit(0));
        assertEquals("6/29/03", tell(first, "00 0000000000", 0));
        assertEquals("6/29/03", tell(second, "00 0000000000", 0));
        assertFalse(unit.isRemovalPrevented());
        assertEquals(Target.Response.NO_SUCH_UNIT, target.resetUnit(9));
    }
}
