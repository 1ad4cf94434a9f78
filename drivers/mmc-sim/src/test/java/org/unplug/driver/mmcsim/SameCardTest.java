package org.unplug.driver.mmcsim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.mmc.CardType;
import org.unplug.mmc.MmcCard;
import org.unplug.mmc.sim.CardFault;
import org.unplug.mmc.sim.CardSpec;

/** A card that comes back is taken for the same if it is, and if nobody has changed meanwhile what was known of it. */
class SameCardTest {

    private static final int MIB = 1 << 20;
    private static final String CHANGED = "changed since it was here";

    @TempDir
    Path directory;

    private Path image() throws IOException {
        Path image = directory.resolve("card.img");
        if (!Files.exists(image)) {
            byte[] content = new byte[8 * MIB];
            Rig.pattern(content.length, 1).get(content);
            Files.write(image, content);
        }
        return image;
    }

    private MmcCard insert(Rig rig, CardType type) throws IOException {
        rig.simulator.insert("slot0", CardSpec.image(image()).withType(type).withSerial(7));
        return rig.awaitCard();
    }

    private static void yank(Rig rig) throws IOException {
        rig.simulator.yank("slot0");
        rig.awaitNoDisk();
    }

    /** What a card reader elsewhere does. */
    private void changeElsewhere(int sector) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(image().toFile(), "rw")) {
            file.seek(sector * 512L + 3);
            int old = file.read();
            file.seek(sector * 512L + 3);
            file.write(old ^ 0x40);
        }
    }

    private static boolean isToldChanged(Rig rig) {
        return rig.log.stream().anyMatch(line -> line.contains(CHANGED));
    }

    @ParameterizedTest
    @EnumSource(names = {"SDSC", "SDHC", "EMMC"})
    void cardThatWasReadAndWrittenHere_isBack_howeverItWent(CardType type) throws IOException {
        try (Rig rig = new Rig()) {
            MmcCard card = insert(rig, type);
            assertFalse(card.isReturned());
            for (boolean orderly : new boolean[] {false, true}) {
                try (DiskHandle disk = rig.open(card.disk())) {
                    disk.write(64, Rig.pattern(4096, 5));
                    disk.write(72, Rig.pattern(256 << 10, 6));
                    disk.write(65, Rig.pattern(512, 7));
                    disk.read(1000, ByteBuffer.allocate(4096));
                }
                if (orderly) {
                    card.eject();
                }
                yank(rig);
                card = insert(rig, type);
                assertTrue(card.isReturned(), rig.log::toString);
            }
            assertFalse(isToldChanged(rig));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"SDSC", "SDHC", "EMMC"})
    void cardInMemoryThatIsPutBack_isTheSame_withItsContent(CardType type) throws IOException {
        try (Rig rig = new Rig()) {
            rig.simulator.insert("slot0", CardSpec.memory(8 * MIB).withType(type));
            String disk = rig.awaitCard().disk();
            try (DiskHandle handle = rig.open(disk)) {
                handle.write(64, Rig.pattern(4096, 5));
                handle.flush();
            }
            for (int times = 0; times < 2; times++) {
                yank(rig);
                rig.simulator.putBack("slot0");
                MmcCard card = rig.awaitCard();
                assertTrue(card.isReturned(), rig.log::toString);
                ByteBuffer found = ByteBuffer.allocate(4096);
                try (DiskHandle handle = rig.open(card.disk())) {
                    handle.read(64, found);
                }
                assertEquals(Rig.pattern(4096, 5), found);
            }
        }
    }

    @Test
    void cardIsPutBack_onlyIntoAnEmptySlotThatAnotherOneWasNotInSince() throws IOException {
        try (Rig rig = new Rig()) {
            String nothing = "slot slot0: none was taken out of it that could be put back: name an image or a size";
            assertEquals(nothing, refused(rig));
            insert(rig, CardType.SDHC);
            assertEquals("slot slot0 holds " + image() + " already: take that out first", refused(rig));
            yank(rig);
            rig.simulator.putBack("slot0");
            assertTrue(rig.awaitCard().isReturned(), rig.log::toString);
            yank(rig);
            Files.delete(image());
            assertTrue(refused(rig).contains("card.img"));
            rig.simulator.insert("slot0", CardSpec.memory(8 * MIB));
            rig.awaitCard();
            yank(rig);
            rig.simulator.putBack("slot0");
            assertNull(rig.simulator.list().get(0).card().image());
        }
    }

    private static String refused(Rig rig) {
        return assertThrows(IOException.class, () -> rig.simulator.putBack("slot0"))
                .getMessage();
    }

    @ParameterizedTest
    @EnumSource(names = {"SDSC", "SDHC", "EMMC"})
    void cardThatWasChangedElsewhere_isNotTakenForTheSame(CardType type) throws IOException {
        try (Rig rig = new Rig()) {
            MmcCard card = insert(rig, type);
            try (DiskHandle disk = rig.open(card.disk())) {
                disk.write(64, Rig.pattern(4096, 5));
                disk.flush();
                disk.read(1000, ByteBuffer.allocate(4096));
            }
            for (int sector : new int[] {66, 1007}) {
                yank(rig);
                changeElsewhere(sector);
                MmcCard changed = insert(rig, type);
                assertEquals(card.registers().cid(), changed.registers().cid(), "by its CID it is the same");
                assertFalse(changed.isReturned(), "sector " + sector);
                rig.until("it is told", () -> isToldChanged(rig));
                try (DiskHandle disk = rig.open(changed.disk())) {
                    disk.read(64, ByteBuffer.allocate(4096));
                    disk.read(1000, ByteBuffer.allocate(4096));
                }
            }
            yank(rig);
            assertTrue(insert(rig, type).isReturned(), "what it holds now is what is known now");
        }
    }

    @Test
    void changeOfWhatNobodyHereHasSeen_isNobodysBusiness_andWhatWasKnownStays() throws IOException {
        try (Rig rig = new Rig()) {
            insertReadAndYank(rig);
            changeElsewhere(5000);
            assertTrue(insert(rig, CardType.SDHC).isReturned());
            yank(rig);
            changeElsewhere(1003);
            assertFalse(insert(rig, CardType.SDHC).isReturned(), "read before it went the first time");
        }
    }

    @Test
    void writeThatTheRemovalInterrupts_isNotHeldAgainstTheCard() throws IOException {
        AtomicReference<Tap> tap = new AtomicReference<>();
        try (Rig rig = tapped(tap)) {
            MmcCard card = insert(rig, CardType.SDHC);
            try (DiskHandle disk = rig.open(card.disk())) {
                disk.write(64, Rig.pattern(4096, 5));
                AtomicBoolean armed = new AtomicBoolean(true);
                tap.get().before(request -> {
                    // The data is on the card; that it was written nobody hears any more.
                    if (request.cmd().opcode() == 13 && armed.getAndSet(false)) {
                        takeOut(rig);
                    }
                    return true;
                });
                assertEquals(BlockStatus.GONE, Rig.write(disk, 64, Rig.pattern(4096, 9)));
            }
            rig.awaitNoDisk();
            assertTrue(insert(rig, CardType.SDHC).isReturned());
        }
    }

    /** One whose requests can be looked at on their way. */
    private static Rig tapped(AtomicReference<Tap> tap) throws IOException {
        return new Rig(Rig.QUICK, host -> {
            tap.set(new Tap(host));
            return tap.get();
        });
    }

    /** A card of which sectors 1000 to 1007 are known. */
    private void insertReadAndYank(Rig rig) throws IOException {
        MmcCard card = insert(rig, CardType.SDHC);
        try (DiskHandle disk = rig.open(card.disk())) {
            disk.read(1000, ByteBuffer.allocate(4096));
        }
        yank(rig);
    }

    private static void takeOut(Rig rig) {
        try {
            rig.simulator.yank("slot0");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void writesThatWentWithTheCache_areNotHeldAgainstTheCard() throws IOException {
        try (Rig rig = new Rig()) {
            MmcCard card = insert(rig, CardType.EMMC);
            try (DiskHandle disk = rig.open(card.disk())) {
                disk.read(64, ByteBuffer.allocate(4096));
                disk.write(64, Rig.pattern(4096, 5));
                disk.read(64, ByteBuffer.allocate(4096));
                disk.write(200, Rig.pattern(128 << 10, 6));
                disk.read(208, ByteBuffer.allocate(4096));
            }
            yank(rig);
            assertTrue(insert(rig, CardType.EMMC).isReturned());
        }
    }

    @Test
    void cardThatCannotBeRead_isNotTakenForTheSame_andIsStartedAllTheSame() throws IOException {
        try (Rig rig = new Rig()) {
            insertReadAndYank(rig);
            rig.simulator.inject(
                    "slot0", CardFault.next(CardFault.Kind.ECC).atSector(1002).always());
            MmcCard again = insert(rig, CardType.SDHC);
            assertFalse(again.isReturned());
            try (DiskHandle disk = rig.open(again.disk())) {
                disk.read(2000, ByteBuffer.allocate(4096));
            }
        }
    }

    @Test
    void cardThatGoesWhileItIsCompared_leavesNothing_andComesBackLater() throws IOException {
        AtomicReference<Tap> tap = new AtomicReference<>();
        try (Rig rig = tapped(tap)) {
            insertReadAndYank(rig);
            AtomicBoolean armed = new AtomicBoolean(true);
            AtomicBoolean went = new AtomicBoolean();
            tap.get().before(request -> {
                if (request.cmd().opcode() == 18 && armed.getAndSet(false)) {
                    takeOut(rig);
                    went.set(true);
                }
                return true;
            });
            rig.simulator.insert(
                    "slot0", CardSpec.image(image()).withType(CardType.SDHC).withSerial(7));
            rig.until("it goes", went::get);
            rig.awaitNoDisk();
            assertTrue(insert(rig, CardType.SDHC).isReturned());
            assertEquals(List.of(), rig.faults);
        }
    }
}
