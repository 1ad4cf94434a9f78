package org.unplug.driver.mmcsim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.unplug.block.BlockException;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.mmc.CardType;
import org.unplug.mmc.MmcCard;
import org.unplug.mmc.sim.CardSpec;
import org.unplug.mmc.spi.HostCaps;

class CardInSlotTest {

    private static final int MIB = 1 << 20;

    @TempDir
    Path directory;

    private Path image(String name, int bytes, int seed) throws IOException {
        byte[] content = new byte[bytes];
        Rig.pattern(bytes, seed).get(content);
        return Files.write(directory.resolve(name), content);
    }

    @ParameterizedTest
    @EnumSource(names = {"SDSC", "SDHC"})
    void insertedCard_isADiskThatReadsAndWritesItsImage(CardType type) throws IOException {
        Path image = image("card.img", 8 * MIB, 1);
        try (Rig rig = new Rig()) {
            rig.simulator.insert("slot0", CardSpec.image(image).withType(type));
            MmcCard card = rig.awaitCard();
            assertEquals(8L * MIB, card.capacityBytes());
            assertEquals(type, card.type());
            assertEquals("mmcblk0", card.disk());
            try (DiskHandle disk = rig.open("mmcblk0")) {
                ByteBuffer read = ByteBuffer.allocateDirect(MIB + 512);
                disk.read(1000, read);
                byte[] expected = Arrays.copyOfRange(Files.readAllBytes(image), 512_000, 512_000 + MIB + 512);
                byte[] actual = new byte[MIB + 512];
                read.rewind().get(actual);
                assertArrayEquals(expected, actual);

                disk.write(16383, Rig.pattern(512, 9));
                disk.write(8, Rig.pattern(MIB, 5));
                byte[] after = Files.readAllBytes(image);
                assertEquals(Rig.pattern(512, 9), ByteBuffer.wrap(after, 16383 * 512, 512));
                assertEquals(Rig.pattern(MIB, 5), ByteBuffer.wrap(after, 8 * 512, MIB));
            }
        }
    }

    @Test
    void startup_sendsTheCommandsOfTheSpecification() throws IOException {
        AtomicReference<Tap> tap = new AtomicReference<>();
        try (Rig rig = new Rig(Rig.QUICK, host -> {
            tap.set(new Tap(host));
            return tap.get();
        })) {
            rig.simulator.insert("slot0", CardSpec.memory(4 * MIB).withType(CardType.SDHC));
            rig.awaitCard();
            assertEquals(
                    List.of(0, 8, 55, 41, 55, 41, 55, 41, 11, 2, 3, 9, 7, 13, 55, 51, 55, 13, 55, 6, 6, 6, 19),
                    tap.get().opcodes.subList(0, 23));
        }
    }

    @Test
    void transfers_withoutCmd23_areEndedByCmd12() throws IOException {
        AtomicReference<Tap> tap = new AtomicReference<>();
        try (Rig rig = new Rig(Rig.QUICK, host -> {
            tap.set(new Tap(host).withCaps(HostCaps.DEFAULT.withCmd23(false)));
            return tap.get();
        })) {
            rig.simulator.insert("slot0", CardSpec.memory(4 * MIB));
            try (DiskHandle disk = rig.open(rig.awaitCard().disk())) {
                int before = tap.get().opcodes.size();
                rig.until("partitions", () -> !tap.get().opcodes.isEmpty());
                disk.write(8192 - 256, Rig.pattern(256 * 512, 3));
                ByteBuffer read = ByteBuffer.allocate(256 * 512);
                disk.read(8192 - 256, read);
                assertEquals(Rig.pattern(256 * 512, 3), read.rewind());
                List<Integer> seen =
                        tap.get().opcodes.subList(before, tap.get().opcodes.size());
                assertTrue(seen.containsAll(List.of(25, 12, 13, 18)), () -> seen.toString());
                assertFalse(seen.contains(23), () -> seen.toString());
            }
        }
    }

    @Test
    void protectedCard_isAReadOnlyDisk() throws IOException {
        Path image = image("card.img", MIB, 1);
        try (Rig rig = new Rig()) {
            rig.simulator.insert("slot0", CardSpec.image(image).withReadOnly(true));
            MmcCard card = rig.awaitCard();
            assertTrue(card.isReadOnly());
            BlockException refused = assertThrows(BlockException.class, () -> rig.open(card.disk()));
            assertEquals(BlockStatus.PROTECTED, refused.status());
        }
    }

    @Test
    void switchMovedAfterTheStart_doesNotLetAWriteThroughAReadOnlyImage() throws IOException {
        Path image = image("card.img", MIB, 1);
        byte[] before = Files.readAllBytes(image);
        try (Rig rig = new Rig(Rig.QUICK, host -> new Tap(host) {
            @Override
            public boolean isReadOnly() {
                return false;
            }
        })) {
            rig.simulator.insert("slot0", CardSpec.image(image).withReadOnly(true));
            try (DiskHandle disk = rig.open(rig.awaitCard().disk())) {
                assertEquals(BlockStatus.PROTECTED, Rig.write(disk, 0, Rig.pattern(4096, 2)));
                assertEquals(BlockStatus.PROTECTED, Rig.write(disk, 0, Rig.pattern(512, 2)));
                disk.read(0, ByteBuffer.allocate(512));
            }
        }
        assertArrayEquals(before, Files.readAllBytes(image));
    }

    @Test
    void ejectedCard_isNotStartedAgainUntilTakenOut() throws IOException {
        Path image = image("card.img", MIB, 1);
        try (Rig rig = new Rig()) {
            rig.simulator.insert("slot0", CardSpec.image(image));
            MmcCard card = rig.awaitCard();
            assertTrue(card.eject().synced());
            rig.awaitNoDisk();
            long requests = rig.simulator.counters("slot0").requests();
            card.eject();
            assertEquals(requests, rig.simulator.counters("slot0").requests());
            rig.simulator.yank("slot0");
            rig.simulator.insert("slot0", CardSpec.image(image));
            rig.awaitCard();
        }
    }

    @Test
    void badImages_areRefusedInOneLineAndLeaveTheSlotEmpty() throws IOException {
        Path small = image("small.img", 100, 1);
        Path good = image("good.img", MIB, 1);
        try (Rig rig = new Rig()) {
            refused(rig, CardSpec.image(directory.resolve("none.img")), "does not exist");
            refused(rig, CardSpec.image(small), "too small");
            refused(rig, CardSpec.image(good).withBytes(77), "has 1048576 bytes, not 77");
            refused(rig, CardSpec.image(directory), "is not a file");
            rig.simulator.insert("slot0", CardSpec.image(good));
            refused(rig, CardSpec.memory(MIB), "holds " + good + " already");
            IOException used =
                    assertThrows(IOException.class, () -> rig.simulator.insert("other", CardSpec.image(good)));
            assertTrue(used.getMessage().contains("in use"), used.getMessage());
        }
    }

    private static void refused(Rig rig, CardSpec card, String why) {
        IOException e = assertThrows(IOException.class, () -> rig.simulator.insert("slot0", card));
        assertTrue(e.getMessage().contains(why), e.getMessage());
        assertFalse(e.getMessage().contains("\n"));
    }

    @Test
    void echoOfAnOlderNote_isIgnored_andSomebodysOwnConfigurationIsNot() throws IOException {
        CardSpec card = CardSpec.memory(MIB);
        try (Rig rig = new Rig()) {
            rig.simulator.insert("slot0", card);
            long first = revision(rig.notes.get(0));
            rig.simulator.yank("slot0");
            rig.simulator.configured("slot0", card, first);
            assertTrue(rig.simulator.list().get(0).isEmpty());
            rig.simulator.configured("slot0", card.withSerial(5), 0);
            assertEquals(5, rig.simulator.list().get(0).card().serial());
        }
    }

    private static long revision(String note) {
        return Long.parseLong(note.substring(note.lastIndexOf('@') + 1));
    }
}
