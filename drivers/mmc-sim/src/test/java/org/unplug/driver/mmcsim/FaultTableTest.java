package org.unplug.driver.mmcsim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.mmc.CardType;
import org.unplug.mmc.MmcCard;
import org.unplug.mmc.sim.CardFault;
import org.unplug.mmc.sim.CardFault.Kind;
import org.unplug.mmc.sim.CardSpec;

/**
 * Fault by fault: what each does to a read and to a write of sixteen blocks. A fault that passes is recovered from; one that stays
 * is told by its own name; and whatever it was, the disk works afterwards, unless the card is gone.
 */
class FaultTableTest {

    private static final int MIB = 1 << 20;
    private static final int SECTOR = 64;
    private static final int BLOCKS = 16;
    private static final BlockStatus OK = BlockStatus.OK;
    private static final BlockStatus IOERR = BlockStatus.IOERR;
    private static final BlockStatus TIMEOUT = BlockStatus.TIMEOUT;
    private static final BlockStatus MEDIUM = BlockStatus.MEDIUM;
    private static final BlockStatus GONE = BlockStatus.GONE;

    private static CardFault once(Kind kind) {
        return CardFault.next(kind);
    }

    /**
     * A row, as docs/mmc-faults.md has it.
     *
     * @param words how the document calls the fault
     * @param read how a read of the blocks ends
     * @param write how a write ends
     */
    private record Row(String words, CardFault fault, BlockStatus read, BlockStatus write) {}

    private static List<Row> rows() {
        CardFault badBlock = once(Kind.ECC).atSector(SECTOR + 5).always();
        CardFault noisyBlock = once(Kind.DATA_CRC).atSector(SECTOR + 5).always();
        CardFault deafBlock = once(Kind.DATA_TIMEOUT).atSector(SECTOR + 5).always();
        return List.of(
                new Row("`no-answer`", once(Kind.NO_ANSWER), OK, OK),
                new Row("`command-crc`", once(Kind.COMMAND_CRC), OK, OK),
                new Row("`response-crc`", once(Kind.RESPONSE_CRC), OK, OK),
                new Row("`general-error`", once(Kind.GENERAL_ERROR), OK, OK),
                new Row("`data-crc`, once", once(Kind.DATA_CRC).after(7), OK, OK),
                new Row("`data-timeout`, once", once(Kind.DATA_TIMEOUT).after(7), OK, OK),
                new Row("`ecc`, once", once(Kind.ECC).after(7), OK, OK),
                new Row("`data-crc`, always at one block", noisyBlock, IOERR, IOERR),
                new Row("`data-timeout`, always at one block", deafBlock, TIMEOUT, TIMEOUT),
                new Row("`ecc`, always at one block", badBlock, MEDIUM, MEDIUM),
                new Row("`stuck-prg`", once(Kind.STUCK_PRG), OK, OK),
                new Row(
                        "`no-answer` to CMD13, twice",
                        once(Kind.NO_ANSWER).at(13).times(2),
                        OK,
                        GONE),
                new Row("`pull`", once(Kind.PULL), GONE, GONE),
                new Row("`swap`", once(Kind.SWAP), GONE, GONE),
                new Row("`bounce`", once(Kind.BOUNCE), GONE, GONE));
    }

    /** Fault, card, end of the read, end of the write. */
    static Stream<Arguments> table() {
        return rows().stream()
                .flatMap(row -> Stream.of(CardType.SDSC, CardType.SDHC, CardType.EMMC)
                        .map(type -> Arguments.of(row.fault, type, row.read, row.write)));
    }

    @Test
    void documentedTable_isThisOne() throws IOException {
        List<String> documented = Files.readAllLines(Path.of("../../docs/mmc-faults.md")).stream()
                .takeWhile(line -> !line.startsWith("While a card is started"))
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.substring(0, line.lastIndexOf('|', line.length() - 2) + 1))
                .toList();
        assertEquals(
                rows().stream()
                        .map(row -> "| " + row.words + " | " + row.read + " | " + row.write + " |")
                        .toList(),
                documented);
    }

    @ParameterizedTest
    @MethodSource("table")
    void fault_isRecoveredFromOrToldByItsName(CardFault fault, CardType type, BlockStatus read, BlockStatus write)
            throws IOException {
        for (boolean writes : new boolean[] {false, true}) {
            try (Rig rig = new Rig()) {
                rig.simulator.insert(
                        "slot0", CardSpec.memory(4 * MIB).withType(type).withSerial(1));
                MmcCard card = rig.awaitCard();
                try (DiskHandle disk = rig.open(card.disk())) {
                    ByteBuffer old = Rig.pattern(BLOCKS * 512, 1);
                    disk.write(SECTOR, old.duplicate());
                    rig.simulator.inject("slot0", fault);
                    ByteBuffer data = writes ? Rig.pattern(BLOCKS * 512, 2) : ByteBuffer.allocate(BLOCKS * 512);
                    Bio bio = writes
                            ? disk.newBio().write(SECTOR, data)
                            : disk.newBio().read(SECTOR, data);
                    BlockStatus status = Rig.end(disk, bio);
                    assertEquals(writes ? write : read, status, () -> (writes ? "write: " : "read: ") + rig.log);
                    rig.simulator.clearFaults("slot0");
                    if (status == GONE) {
                        continue;
                    }
                    if (status.ok() && !writes) {
                        assertEquals(old, data);
                    }
                    assertWorks(disk, writes, status, data);
                    assertEquals(List.of(), rig.faults);
                }
            }
        }
    }

    /** Afterwards: what was written is there, and blocks before and behind a bad one are reached. */
    private static void assertWorks(DiskHandle disk, boolean wrote, BlockStatus status, ByteBuffer written)
            throws IOException {
        if (wrote && status.ok()) {
            ByteBuffer back = ByteBuffer.allocate(BLOCKS * 512);
            disk.read(SECTOR, back);
            assertEquals(written, back.rewind());
        }
        disk.write(0, Rig.pattern(512, 9));
        ByteBuffer block = ByteBuffer.allocate(512);
        disk.read(0, block);
        assertEquals(Rig.pattern(512, 9), block.rewind());
    }

    @ParameterizedTest
    @MethodSource("types")
    void badBlock_costsNoMoreThanItself(CardType type) throws IOException {
        try (Rig rig = new Rig()) {
            rig.simulator.insert("slot0", CardSpec.memory(4 * MIB).withType(type));
            try (DiskHandle disk = rig.open(rig.awaitCard().disk())) {
                disk.write(SECTOR, Rig.pattern(BLOCKS * 512, 1));
                rig.simulator.inject(
                        "slot0", once(Kind.ECC).atSector(SECTOR + 5).always());
                ByteBuffer data = ByteBuffer.allocate(BLOCKS * 512);
                assertEquals(MEDIUM, Rig.end(disk, disk.newBio().read(SECTOR, data)));
                assertEquals(Rig.pattern(BLOCKS * 512, 1).limit(5 * 512), data.limit(5 * 512));
                for (int sector : new int[] {SECTOR + 4, SECTOR + 6}) {
                    disk.read(sector, ByteBuffer.allocate(512));
                }
            }
        }
    }

    static Stream<CardType> types() {
        return Stream.of(CardType.SDHC, CardType.EMMC);
    }

    @ParameterizedTest
    @MethodSource("types")
    void cardStuckInPrg_isPoweredUpAgain_andTheWriteSucceeds(CardType type) throws IOException {
        try (Rig rig = new Rig()) {
            rig.simulator.insert("slot0", CardSpec.memory(4 * MIB).withType(type));
            MmcCard card = rig.awaitCard();
            try (DiskHandle disk = rig.open(card.disk())) {
                rig.simulator.inject("slot0", once(Kind.STUCK_PRG));
                assertEquals(OK, Rig.end(disk, disk.newBio().write(SECTOR, Rig.pattern(BLOCKS * 512, 1))));
                assertTrue(rig.log.stream().anyMatch(line -> line.contains("was restarted")), rig.log::toString);
                ByteBuffer back = ByteBuffer.allocate(BLOCKS * 512);
                disk.read(SECTOR, back);
                assertEquals(Rig.pattern(BLOCKS * 512, 1), back.rewind());
            }
        }
    }
}
