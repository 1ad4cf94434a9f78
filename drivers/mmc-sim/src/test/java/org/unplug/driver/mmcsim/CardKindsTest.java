package org.unplug.driver.mmcsim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.unplug.block.BlockException;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.mmc.CardArea;
import org.unplug.mmc.CardType;
import org.unplug.mmc.MmcCard;
import org.unplug.mmc.TraceEntry;
import org.unplug.mmc.sim.CardFault;
import org.unplug.mmc.sim.CardSpec;
import org.unplug.mmc.spi.HostCaps;

/** Every kind of card, from its start-up to its end, through the core. */
class CardKindsTest {

    private static final int MIB = 1 << 20;

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource
    void everyKind_startsAndKeepsWhatIsWritten_fromItsFirstBlockToItsLast(CardType type) throws IOException {
        try (Rig rig = new Rig()) {
            // An extended card is one by its size alone.
            long bytes = type == CardType.SDXC ? 64L << 30 : 4L * MIB;
            rig.simulator.insert("slot0", CardSpec.memory(bytes).withType(type).withSerial(77));
            MmcCard card = rig.awaitCard();
            assertEquals(type, card.type());
            assertEquals(77, card.registers().cid().serial());
            assertEquals(bytes, card.capacityBytes());
            try (DiskHandle disk = rig.open(card.disk())) {
                long[] sectors = {0, 1000, bytes / 512 - 64};
                for (long sector : sectors) {
                    disk.write(sector, Rig.pattern(64 * 512, (int) sector));
                }
                for (long sector : sectors) {
                    ByteBuffer back = ByteBuffer.allocate(64 * 512);
                    disk.read(sector, back);
                    assertEquals(Rig.pattern(64 * 512, (int) sector), back.rewind());
                }
            }
        }
    }

    @Test
    void cardBeyondTwoTebibytes_isReachedToItsLastBlock_whichIsNotTheFirstOnes() throws IOException {
        long bytes = 3L << 40;
        try (Rig rig = new Rig()) {
            rig.simulator.insert("slot0", CardSpec.memory(bytes));
            MmcCard card = rig.awaitCard();
            assertEquals(CardType.SDUC, card.type());
            assertEquals(bytes, card.capacityBytes());
            try (DiskHandle disk = rig.open(card.disk())) {
                long high = 1L << 32;
                disk.write(5, Rig.pattern(1024, 1));
                disk.write(high + 5, Rig.pattern(1024, 2));
                disk.write(bytes / 512 - 2, Rig.pattern(1024, 3));
                int seed = 1;
                for (long sector : new long[] {5, high + 5, bytes / 512 - 2}) {
                    ByteBuffer back = ByteBuffer.allocate(1024);
                    disk.read(sector, back);
                    assertEquals(Rig.pattern(1024, seed++), back.rewind(), "sector " + sector);
                }
            }
        }
    }

    @Test
    void eMmc_listsItsAreas_andItsBootAreasAreReadOnlyDisks() throws IOException {
        Path image = directory.resolve("emmc.img");
        Files.write(directory.resolve("emmc.img.boot0"), new byte[MIB]);
        byte[] loader = new byte[MIB];
        Rig.pattern(MIB, 8).get(loader);
        Files.write(directory.resolve("emmc.img.boot1"), loader);
        try (Rig rig = new Rig()) {
            rig.simulator.insert(
                    "slot0", CardSpec.image(image).withBytes(8 * MIB).withType(CardType.EMMC));
            MmcCard card = rig.awaitCard();
            assertEquals(
                    List.of("user", "boot0", "boot1", "rpmb"),
                    card.registers().areas().stream().map(CardArea::name).toList());
            assertEquals(10, card.registers().extCsd().lifeTimeA() * 10);
            assertEquals(32, card.registers().extCsd().packedWrites());
            assertEquals(
                    List.of("mmcblk0", "mmcblk0boot0", "mmcblk0boot1"),
                    rig.table.list().stream()
                            .map(disk -> disk.info().name())
                            .sorted()
                            .toList(),
                    "the replay protected area speaks in frames and is no disk");
            try (DiskHandle user = rig.open(card.disk());
                    DiskHandle boot =
                            rig.table.find("mmcblk0boot1").open(rig.owner, Holder.named("test"), OpenMode.READ)) {
                user.write(0, Rig.pattern(4096, 1));
                ByteBuffer fromBoot = ByteBuffer.allocate(4096);
                boot.read(0, fromBoot);
                assertEquals(Rig.pattern(MIB, 8).limit(4096), fromBoot.rewind());
                ByteBuffer fromUser = ByteBuffer.allocate(4096);
                user.read(0, fromUser);
                assertEquals(Rig.pattern(4096, 1), fromUser.rewind());
            }
            BlockException refused = assertThrows(BlockException.class, () -> rig.open("mmcblk0boot0"));
            assertEquals(BlockStatus.PROTECTED, refused.status());
            rig.simulator.yank("slot0");
            rig.awaitNoDisk();
        }
    }

    @Test
    void eMmc_isDrivenAsWideAndFastAsBothSidesCan() throws IOException {
        AtomicReference<HostCaps> caps = new AtomicReference<>();
        for (int width : new int[] {8, 4, 1}) {
            caps.set(HostCaps.DEFAULT.withLines(width));
            try (Rig rig = new Rig(Rig.QUICK, host -> new Tap(host).withCaps(caps.get()))) {
                rig.simulator.insert("slot0", CardSpec.memory(4 * MIB).withType(CardType.EMMC));
                MmcCard card = rig.awaitCard();
                assertEquals(width, card.bus().widthBits());
                assertEquals(50_000_000, card.bus().clockHz());
            }
        }
    }

    @Test
    void eject_flushesTheCache_andSaysGoodbye() throws IOException {
        Path image = directory.resolve("emmc.img");
        AtomicReference<Tap> tap = new AtomicReference<>();
        try (Rig rig = new Rig(Rig.QUICK, host -> {
            tap.set(new Tap(host));
            return tap.get();
        })) {
            rig.simulator.insert(
                    "slot0", CardSpec.image(image).withBytes(4 * MIB).withType(CardType.EMMC));
            MmcCard card = rig.awaitCard();
            DiskHandle disk = rig.open(card.disk());
            disk.write(0, Rig.pattern(4096, 5));
            byte[] before = Files.readAllBytes(image);
            assertEquals(0, before[100], "it is in the cache only");
            assertTrue(card.eject().synced());
            disk.close();
            assertEquals(Rig.pattern(4096, 5), ByteBuffer.wrap(Files.readAllBytes(image), 0, 4096));
            List<Integer> sent = tap.get().opcodes;
            assertEquals(List.of(6, 6, 7), sent.subList(sent.size() - 3, sent.size()), "flush, power goes, deselect");
        }
    }

    @Test
    void powerUpAgain_thatCostsTheCache_isToldByTheNextFlush() throws IOException {
        try (Rig rig = new Rig()) {
            rig.simulator.insert("slot0", CardSpec.memory(4 * MIB).withType(CardType.EMMC));
            try (DiskHandle disk = rig.open(rig.awaitCard().disk())) {
                disk.write(0, Rig.pattern(512, 1));
                rig.simulator.inject("slot0", CardFault.next(CardFault.Kind.STUCK_PRG));
                disk.write(8, Rig.pattern(512, 2));
                BlockException lost = assertThrows(BlockException.class, disk::flush);
                assertEquals(BlockStatus.IOERR, lost.status());
                disk.flush();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"SDSC", "SDHC", "EMMC"})
    void zeroesAreWrittenByAnErase_exactlyWhereAsked(CardType type) throws IOException {
        AtomicReference<Tap> tap = new AtomicReference<>();
        try (Rig rig = new Rig(Rig.QUICK, host -> {
            tap.set(new Tap(host));
            return tap.get();
        })) {
            rig.simulator.insert("slot0", CardSpec.memory(4 * MIB).withType(type));
            try (DiskHandle disk = rig.open(rig.awaitCard().disk())) {
                disk.write(0, Rig.pattern(64 * 512, 1));
                assertEquals(BlockStatus.OK, Rig.end(disk, disk.newBio().writeZeroes(10, 20)));
                assertTrue(tap.get().opcodes.contains(38));
                ByteBuffer back = ByteBuffer.allocate(64 * 512);
                disk.read(0, back);
                ByteBuffer wanted = ByteBuffer.allocate(64 * 512).put(Rig.pattern(64 * 512, 1));
                wanted.put(10 * 512, new byte[20 * 512]);
                assertEquals(wanted.flip(), back.rewind());
                assertEquals(BlockStatus.OK, Rig.end(disk, disk.newBio().discard(40, 8)));
                disk.read(0, ByteBuffer.allocate(512));
            }
        }
    }

    @Test
    void cardThatWorksOnlySlowly_isStartedAtALowerClock() throws IOException {
        try (Rig rig = new Rig()) {
            rig.simulator.inject(
                    "slot0", CardFault.next(CardFault.Kind.RESPONSE_CRC).at(9).times(2));
            rig.simulator.insert("slot0", CardSpec.memory(4 * MIB));
            rig.awaitCard();
            List<String> clocks = rig.bus.startup("mmc0").stream()
                    .filter(entry -> entry.what().equals("bus"))
                    .map(TraceEntry::argument)
                    .toList();
            assertTrue(clocks.stream().anyMatch(clock -> clock.startsWith("400 kHz")), clocks::toString);
            assertTrue(clocks.stream().anyMatch(clock -> clock.startsWith("200 kHz")), clocks::toString);
            assertFalse(clocks.stream().anyMatch(clock -> clock.startsWith("100 kHz")), clocks::toString);
        }
    }

    @Test
    void startup_isTranscribed_asTheSpecificationHasIt() throws IOException {
        try (Rig rig = new Rig()) {
            rig.simulator.insert("slot0", CardSpec.memory(4 * MIB).withType(CardType.SDHC));
            rig.awaitCard();
            List<TraceEntry> entries = rig.bus.startup("mmc0");
            List<String> commands = entries.stream()
                    .filter(entry -> !entry.what().equals("bus"))
                    .map(TraceEntry::what)
                    .toList();
            assertEquals(
                    List.of(
                            "CMD0", "CMD8", "CMD55", "ACMD41", "CMD55", "ACMD41", "CMD55", "ACMD41", "CMD11", "CMD2",
                            "CMD3", "CMD9", "CMD7", "CMD13", "CMD55", "ACMD51", "CMD55", "ACMD13", "CMD55", "ACMD6",
                            "CMD6", "CMD6", "CMD19"),
                    commands);
            TraceEntry ready = entries.stream()
                    .filter(entry -> entry.what().equals("ACMD41"))
                    .reduce((first, second) -> second)
                    .orElseThrow();
            assertEquals("SD_SEND_OP_COND", ready.name());
            assertEquals("c1ff8000", ready.response());
            assertEquals("ready, high capacity, 1.8 V", ready.meaning());
        }
    }

    @Test
    void sameCardBack_isRecognised_andAnotherIsNot() throws IOException {
        try (Rig rig = new Rig()) {
            boolean[] expected = {false, true, false};
            int[] serials = {1, 1, 2};
            for (int i = 0; i < serials.length; i++) {
                rig.simulator.insert("slot0", CardSpec.memory(4 * MIB).withSerial(serials[i]));
                assertEquals(expected[i], rig.awaitCard().isReturned());
                rig.simulator.yank("slot0");
                rig.awaitNoDisk();
            }
        }
    }
}
