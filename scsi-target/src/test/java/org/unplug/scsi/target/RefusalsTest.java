package org.unplug.scsi.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every refusal with its exact sense data: what a descriptor may not say, for each family and each length of it. */
class RefusalsTest extends Bench {

    /** Descriptor, how much data or room, and key/code/qualifier, information, field pointer. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # past the end, in each length; a run names the first block that is not there
            08 00 0040 01 00 | 512 | 5/21/00 at 64
            08 00 003f 02 00 | 1024 | 5/21/00 at 64
            28 00 00000040 00 0001 00 | 512 | 5/21/00 at 64
            28 00 00000041 00 0000 00 | 0 | 5/21/00 at 65
            28 00 80000000 00 0001 00 | 512 | 5/21/00 at 2147483648
            a8 00 0000003f 00000002 00 00 | 1024 | 5/21/00 at 64
            88 00 ffffffffffffffff 00000001 00 00 | 512 | 5/21/00
            88 00 0000000000000030 00000011 00 00 | 8704 | 5/21/00 at 64
            7f 00 00000000 00 18 0009 00 00 0000000000000041 00000000 0000 0000 00000001 | 512 | 5/21/00 at 65
            0a 00 0040 01 00 | 512 | 5/21/00 at 64
            2a 00 0000003f 00 0002 00 | 1024 | 5/21/00 at 64
            aa 00 00000041 00000000 00 00 | 0 | 5/21/00 at 65
            8a 00 0000000000000040 00000001 00 00 | 512 | 5/21/00 at 64
            2e 00 00000040 00 0001 00 | 512 | 5/21/00 at 64
            ae 00 00000040 00000001 00 00 | 512 | 5/21/00 at 64
            8e 00 0000000000000040 00000001 00 00 | 512 | 5/21/00 at 64
            2f 00 00000040 00 0001 00 | 0 | 5/21/00 at 64
            af 00 00000040 00000001 00 00 | 0 | 5/21/00 at 64
            8f 00 0000000000000040 00000001 00 00 | 0 | 5/21/00 at 64
            34 00 00000040 00 0001 00 | 0 | 5/21/00 at 64
            90 00 0000000000000040 00000001 00 00 | 0 | 5/21/00 at 64
            35 00 00000040 00 0001 00 | 0 | 5/21/00 at 64
            91 00 0000000000000041 00000000 00 00 | 0 | 5/21/00 at 65
            41 00 0000003f 00 0002 00 | 512 | 5/21/00 at 64
            93 00 0000000000000040 00000001 00 00 | 512 | 5/21/00 at 64
            89 00 000000000000003f 000000 02 00 00 | 2048 | 5/21/00 at 64
            8b 00 0000000000000040 00000001 00 00 | 512 | 5/21/00 at 64
            9e 12 0000000000000040 00000018 00 00 | 24 | 5/21/00 at 64
            # protection information is not had, in each length
            28 20 00000000 00 0001 00 | 512 | 5/24/00 cdb 1.5
            a8 e0 00000000 00000001 00 00 | 512 | 5/24/00 cdb 1.7
            88 20 0000000000000000 00000001 00 00 | 512 | 5/24/00 cdb 1.5
            2a 40 00000000 00 0001 00 | 512 | 5/24/00 cdb 1.6
            aa 20 00000000 00000001 00 00 | 512 | 5/24/00 cdb 1.5
            8a 20 0000000000000000 00000001 00 00 | 512 | 5/24/00 cdb 1.5
            2e 20 00000000 00 0001 00 | 512 | 5/24/00 cdb 1.5
            2f 20 00000000 00 0001 00 | 0 | 5/24/00 cdb 1.5
            8b 20 0000000000000000 00000001 00 00 | 512 | 5/24/00 cdb 1.5
            89 20 0000000000000000 000000 01 00 00 | 1024 | 5/24/00 cdb 1.5
            41 20 00000000 00 0001 00 | 512 | 5/24/00 cdb 1.5
            7f 00 00000000 00 18 0009 20 00 0000000000000000 00000000 0000 0000 00000001 | 512 | 5/24/00 cdb 10.5
            # anchored blocks are not had
            41 18 00000000 00 0001 00 | 512 | 5/24/00 cdb 1.4
            93 18 0000000000000000 00000001 00 00 | 512 | 5/24/00 cdb 1.4
            42 01 00000000 00 0008 00 | 8 | 5/24/00 cdb 1.0
            # lengths beyond the limits page; no count does not mean all the rest
            88 00 0000000000000000 00000801 00 00 | 512 | 5/21/00 at 64
            41 00 00000000 00 0000 00 | 512 | 5/24/00 cdb 7
            93 00 0000000000000000 00000000 00 00 | 512 | 5/24/00 cdb 10
            # byte checks that are reserved
            2f 04 00000000 00 0001 00 | 0 | 5/24/00 cdb 1.2
            2e 04 00000000 00 0001 00 | 512 | 5/24/00 cdb 1.2
            2e 06 00000000 00 0001 00 | 512 | 5/24/00 cdb 1.2
            # control byte: no link, no NACA
            00 00 00 00 00 04 | 0 | 5/24/00 cdb 5.2
            28 00 00000000 00 0001 01 | 512 | 5/24/00 cdb 9.0
            # codes and service actions that are not had
            04 00 00 00 00 00 | 0 | 5/20/00
            50 00 00000000 00 0000 00 | 0 | 5/20/00
            9c 00 0000000000000000 00000001 00 00 | 512 | 5/20/00
            9e 1f 0000000000000000 00000020 00 00 | 32 | 5/24/00 cdb 1.4
            a3 1e 00 00 0000 00000010 00 00 | 16 | 5/24/00 cdb 1.4
            5e 1f 00 00 00 00 00 0010 00 | 16 | 5/24/00 cdb 1.4
            7f 00 00000000 00 18 0099 00 00 0000000000000000 00000000 0000 0000 00000001 | 512 | 5/24/00 cdb 8
            48 03 0000000000 0000 00 | 0 | 5/24/00 cdb 1.4
            # less of a descriptor than the command has
            28 00 00000000 00 | 512 | 5/24/00
            # INQUIRY
            12 00 80 0024 00 | 36 | 5/24/00 cdb 2
            12 01 c7 0024 00 | 36 | 5/24/00 cdb 2
            12 02 00 0024 00 | 36 | 5/24/00 cdb 1.1
            # MODE SENSE: no saved values, no such page or subpage
            1a 00 c8 00 ff 00 | 255 | 5/39/00
            1a 00 1d 00 ff 00 | 255 | 5/24/00 cdb 2.5
            5a 00 08 01 000000 00ff 00 | 255 | 5/24/00 cdb 3
            # MODE SELECT: page format, no saving, lists that are too short
            15 00 0000 10 00 | 16 | 5/24/00 cdb 1.4
            15 11 0000 10 00 | 16 | 5/24/00 cdb 1.0
            15 10 0000 02 00 | 2 | 5/1a/00
            55 10 0000000000 0010 00 | 8 | 5/1a/00
            # REPORT LUNS, READ CAPACITY, PREVENT
            a0 00 03 000000 00000010 00 00 | 16 | 5/24/00 cdb 2
            25 00 00000001 0000 00 00 | 8 | 5/24/00 cdb 5.0
            1e 00 0000 02 00 | 0 | 5/24/00 cdb 4.1
            # REPORT SUPPORTED OPERATION CODES: the option has to fit the code
            a3 0c 01 9e 0010 00000100 00 00 | 256 | 5/24/00 cdb 2.2
            a3 0c 02 28 0000 00000100 00 00 | 256 | 5/24/00 cdb 2.2
            a3 0c 04 28 0000 00000100 00 00 | 256 | 5/24/00 cdb 2.2
            # UNMAP lists
            42 00 00000000 00 0007 00 | 7 | 5/1a/00
            42 00 00000000 00 0018 00 | 8 | 5/1a/00
            # data that is not all there
            2f 02 00000000 00 0002 00 | 512 | 5/0e/03
            41 00 00000000 00 0001 00 | 100 | 5/0e/03
            93 00 0000000000000000 00000001 00 00 | 1024 | 5/0e/03
            89 00 0000000000000000 000000 01 00 00 | 512 | 5/0e/03
            8b 00 0000000000000000 00000002 00 00 | 512 | 5/0e/03
            # SANITIZE: a pattern of at least a byte and at most a block
            48 01 0000000000 0004 00 | 4 | 5/24/00 cdb 7
            48 01 0000000000 0205 00 | 517 | 5/24/00 cdb 7
            48 01 0000000000 0008 00 | 8 | 5/24/00 cdb 7
            48 02 0000000000 0001 00 | 0 | 5/24/00 cdb 8.0
            # PERSISTENT RESERVE OUT wants a list of 24 bytes
            5f 00 00 0000 00000017 00 | 24 | 5/1a/00
            5f 00 00 0000 00000018 00 | 12 | 5/1a/00
            """)
    void descriptor_thatCannotBe_isRefusedWithItsSense(String cdb, int data, String told) {
        assertEquals(told, tell(cdb, data));
    }

    static Stream<Operation> operations() {
        return Operations.ALL.stream();
    }

    /** The table's own word: a bit that does not count is refused, and the pointer names it. */
    @ParameterizedTest
    @MethodSource("operations")
    void bit_thatDoesNotCount_isPointedAt(Operation operation) {
        for (int at = 1; at < operation.usage.length; at++) {
            for (int bit = 0; bit < 8; bit++) {
                boolean counts = (operation.usage[at] >> bit & 1) != 0;
                boolean ofAction =
                        operation.action >= 0 && (operation.opcode == 0x7F ? at == 8 || at == 9 : at == 1 && bit < 5);
                if (counts || ofAction) {
                    continue;
                }
                byte[] cdb = new byte[operation.usage.length];
                cdb[0] = (byte) operation.opcode;
                if (operation.opcode == 0x7F) {
                    cdb[9] = (byte) operation.action;
                } else if (operation.action >= 0) {
                    cdb[1] = (byte) operation.action;
                }
                cdb[at] |= (byte) (1 << bit);
                assertEquals(
                        "5/24/00 cdb " + at + "." + bit, tell(HexFormat.of().formatHex(cdb), 0), operation.name);
            }
        }
    }

    @Test
    void writeProtectedUnit_refusesWhateverWrites_andNothingElse() {
        replace(SPEC.withReadOnly(true), new RamBacking(BLOCKS * 512));
        for (Operation operation : Operations.ALL) {
            byte[] cdb = operation.usage.clone();
            for (int i = 1; i < cdb.length; i++) {
                cdb[i] = 0;
            }
            if (operation.opcode == 0x7F) {
                cdb[7] = 0x18;
                cdb[9] = (byte) operation.action;
            } else if (operation.action >= 0) {
                cdb[1] = (byte) operation.action;
            }
            String told = tell(HexFormat.of().formatHex(cdb), 0);
            assertEquals(operation.writes, told.equals("7/27/00"), operation.name + ": " + told);
            good("1b 00 00 00 01 00", 0);
        }
        assertEquals(0x80, good("1a 00 3f 00 ff 00", 255).data()[2] & 0x80);
    }

    @Test
    void unitThatIsNotThin_hasNoUnmap() {
        replace(SPEC.withThin(false), new RamBacking(BLOCKS * 512));
        assertEquals("5/20/00", tell("42 00 00000000 00 0000 00", 0));
        assertEquals("5/24/00 cdb 1.3", tell("41 08 00000000 00 0001 00", 512));
        assertEquals("5/24/00 cdb 1.3", tell("93 08 0000000000000000 00000001 00 00", 512));
        assertEquals(1, good("a3 0c 01 42 0000 00000100 00 00", 256).data()[1] & 7, "reported so, too");
    }

    @Test
    void descriptorSense_isHadWhereTheControlPageSaysSo() {
        good("15 10 0000 10 00", HexFormat.of().parseHex("00000000" + "0a0a" + "04100000000000000000"));
        Order order = run(new Order("28 00 00000040 00 0001 00", 512));
        assertEquals(0x72, order.sense()[0]);
        assertEquals("5/21/00 at 64", order.told());
        assertEquals("5/24/00 cdb 1.5", tell("28 20 00000000 00 0001 00", 512));
        assertEquals(0x70, good("03 00 0000 ff 00", 255).data()[0], "REQUEST SENSE asks for its own form");
        assertEquals(0x72, good("03 01 0000 ff 00", 255).data()[0]);
    }

    @Test
    void unitThatIsNotThere_isTold() {
        assertEquals("5/25/00", run(first, 7, new Order("00 0000000000", 0)).told());
        Order inquiry = run(first, 7, new Order("12 00 00 0024 00", 36));
        assertEquals(0x7F, inquiry.data()[0]);
        Order luns = run(first, 7, new Order("a0 00 00 000000 00000010 00 00", 16));
        assertEquals(8, luns.data()[3]);
        Order sense = run(first, 7, new Order("03 00 0000 12 00", 18));
        assertEquals(0x25, sense.data()[12]);
        target.remove(0);
        assertTrue(target.isEmpty());
        Order nobody = new Order("00 0000000000", 0);
        assertFalse(target.execute(first, 0, nobody, Task.Attribute.SIMPLE));
        assertEquals(0, nobody.ends());
    }
}
