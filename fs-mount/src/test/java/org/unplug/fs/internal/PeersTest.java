package org.unplug.fs.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unplug.fs.FormatOptions;

/** Volumes made by dosfstools and mtools are read, and ours are read and found clean by them. */
class PeersTest {

    @TempDir
    Path scratch;

    private static byte[] noise(int seed, int size) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @CsvSource({"12, 2", "16, 20", "32, 40"})
    void volumeMadeByMkfsAndFilledByMtools_isRead(int bits, int mib) throws IOException {
        Peers.need("mkfs.fat", "mcopy", "mmd");
        Path image = scratch.resolve("image");
        Files.write(image, new byte[mib << 20]);
        Peers.must("mkfs.fat", "-F", "" + bits, "-n", "MADEBYMKFS", image.toString());
        byte[] content = noise(bits, 400_000);
        Path file = Files.write(scratch.resolve("content"), content);
        Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2011-12-13T14:15:16Z")));
        Peers.must("mmd", "-i", image.toString(), "::/Directory with a name", "::/DIR");
        Peers.must(
                "mcopy",
                "-m",
                "-i",
                image.toString(),
                file.toString(),
                "::/Directory with a name/Das Öl – ein Text.txt");
        for (int i = 0; i < 50; i++) {
            Peers.must("mcopy", "-i", image.toString(), small(i), "::/DIR/colliding name " + i);
        }
        Peers.must("mcopy", "-i", image.toString(), small(7), "::/plain.txt");
        FakeDisk disk = new FakeDisk("fake0", Files.readAllBytes(image), 512, false);
        try (Rig rig = new Rig(disk)) {
            rig.mount();
            assertEquals("MADEBYMKFS", rig.table.find(Rig.POINT).orElseThrow().label());
            Path read = rig.path("/directory with a NAME/das öl – ein text.TXT");
            assertArrayEquals(content, Files.readAllBytes(read));
            assertEquals(
                    Instant.parse("2011-12-13T14:15:16Z"),
                    Files.getLastModifiedTime(read).toInstant());
            assertEquals("content 7", Files.readString(rig.path("/plain.txt")));
            for (int i = 0; i < 50; i++) {
                assertEquals("content " + i, Files.readString(rig.path("/dir/colliding name " + i)));
            }
            Files.delete(read);
            Files.delete(rig.path("/directory with a NAME"));
            assertTrue(rig.unmount().clean());
        }
        Peers.check(disk, "after deleting");
    }

    private String small(int i) throws IOException {
        return Files.writeString(scratch.resolve("small" + i), "content " + i).toString();
    }

    @ParameterizedTest
    @CsvSource({
        "fat12, 2, 512",
        "fat16, 20, 512",
        "fat16, 300, 512",
        "fat32, 40, 512",
        "fat32, 300, 512",
        "fat32, 600, 4096"
    })
    void volumeThatWeMadeAndFilled_isCleanForFsckAndReadByMtools(String type, int mib, int sector) throws IOException {
        Peers.need("fsck.fat", "mcopy", "mdir");
        FakeDisk disk = new FakeDisk("fake0", new byte[mib << 20], sector, false);
        byte[] content = noise(mib, 700_001);
        try (Rig rig = Rig.formatted(type, disk, 2 << 20)) {
            Peers.check(disk, "freshly made");
            rig.mount();
            Files.createDirectories(rig.path("/one/two/Drei und vier"));
            Files.write(rig.path("/one/two/Drei und vier/Größe.bin"), content);
            Files.writeString(rig.path("/lower.txt"), "lower");
            Files.writeString(rig.path("/UPPER.TXT"), "upper");
            for (int i = 0; i < 100; i++) {
                Files.writeString(rig.path("/one/a rather long name " + i), "content " + i);
            }
            Files.move(rig.path("/one/two/Drei und vier"), rig.path("/moved"));
            for (int i = 0; i < 100; i += 2) {
                Files.delete(rig.path("/one/a rather long name " + i));
            }
            assertTrue(rig.unmount().clean());
        }
        Peers.check(disk, "after use");
        Path image = Files.write(scratch.resolve("image"), disk.bytes);
        Path out = scratch.resolve("out");
        Peers.must("mcopy", "-i", image.toString(), "::/moved/Größe.bin", out.toString());
        assertArrayEquals(content, Files.readAllBytes(out));
        Peers.must("mcopy", "-o", "-i", image.toString(), "::/one/a rather long name 33", out.toString());
        assertEquals("content 33", Files.readString(out));
        String listing = Peers.must("mdir", "-b", "-i", image.toString(), "::/");
        assertTrue(listing.contains("::/lower.txt") && listing.contains("::/UPPER.TXT"), listing);
    }

    @ParameterizedTest
    @CsvSource({"4, fat12", "8, fat16", "64, fat16", "511, fat16", "512, fat32"})
    void formatWithoutVariant_choosesBySizeAndIsCleanForFsck(int mib, String expected) throws IOException {
        Peers.need("fsck.fat");
        FakeDisk disk = new FakeDisk("fake0", mib << 20);
        try (Rig rig = new Rig(disk)) {
            assertEquals(expected, rig.table.format("fake0", FormatOptions.of("vfat")));
        }
        Peers.check(disk, "freshly made");
    }
}
