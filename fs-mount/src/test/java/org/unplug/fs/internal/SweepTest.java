package org.unplug.fs.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One state of a cut, made by hand: of the sectors that a commit writes in one step some arrived and some did not. */
class SweepTest {
    private static final int SECTOR = 512;
    private static final byte[] CONTENT = "what is moved".getBytes(StandardCharsets.UTF_8);

    /**
     * The sector with the end mark did not arrive and the next one did: the new name stands behind the end. Windows and this driver
     * do not see it, Linux and fsck.fat do, and call the two names one file.
     */
    @ParameterizedTest
    @CsvSource({"fat16, 20", "fat32, 40"})
    void moveWhoseNewNameArrivedBehindTheEndMark_isOneFileOfTheOldName(String type, int mib) throws IOException {
        try (Rig rig = Rig.formatted(type, (long) mib << 20)) {
            rig.mount();
            Files.write(rig.path("/OLD.TXT"), CONTENT);
            Path directory = Files.createDirectory(rig.path("/d"));
            // Two dots and these: the mark stands in the last of the 16 slots of a sector.
            for (int i = 10; i < 23; i++) {
                Files.createFile(directory.resolve("NAME" + i));
            }
            rig.unmount();
            byte[] before = rig.disk.bytes.clone();

            rig.mount();
            Files.createFile(rig.path("/d/LAST"));
            Files.move(rig.path("/OLD.TXT"), rig.path("/d/a new and longer name.txt"));
            rig.table.sync();
            byte[] cut = rig.disk.bytes.clone();
            rig.unmount();
            restore(cut, before, sectorOf("OLD     TXT", before));
            restore(cut, before, sectorOf("NAME22     ", before));
            assertEquals(-1, indexOf("LAST       ", cut), "what was not to arrive did");
            FatCheck seen = new FatCheck(cut);
            assertEquals(1, seen.twins.size(), "two names of one file, to whoever reads on: " + seen.twins);
            assertEquals(List.of(), seen.damage);

            rig.disk = new FakeDisk(rig.disk.name, cut, SECTOR, false);
            rig.mount();
            assertArrayEquals(CONTENT, Files.readAllBytes(rig.path("/OLD.TXT")));
            // The place of the end mark is taken: what stood behind it would come to light.
            Files.createFile(rig.path("/d/OTHER"));
            assertFalse(Files.exists(rig.path("/d/a new and longer name.txt")));
            rig.table.sync();
            FatCheck swept = new FatCheck(rig.disk.bytes);
            assertEquals(List.of(), swept.twins);
            assertEquals(List.of(), swept.damage);
            assertTrue(rig.unmount().clean());
        }
    }

    private static void restore(byte[] to, byte[] from, int offset) {
        System.arraycopy(from, offset, to, offset, SECTOR);
    }

    private static int sectorOf(String name, byte[] image) {
        int at = indexOf(name, image);
        assertTrue(at >= 0, name);
        return at / SECTOR * SECTOR;
    }

    private static int indexOf(String name, byte[] image) {
        byte[] wanted = name.getBytes(StandardCharsets.US_ASCII);
        for (int at = 0; at + wanted.length <= image.length; at += 32) {
            if (Arrays.equals(wanted, 0, wanted.length, image, at, at + wanted.length)) {
                return at;
            }
        }
        return -1;
    }
}
