package org.unplug.fs.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unplug.fs.FormatOptions;

/** exFAT, with fsck.exfat as the judge where it is installed. */
class ExfatTest {

    @TempDir
    Path host;

    private static byte[] noise(int seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @CsvSource({"1, 512, 0", "7, 512, 512", "64, 4096, 4096", "64, 512, 1048576", "300, 1024, 0"})
    void newVolume_pleasesFsck(int mib, int unit, int clusterBytes) throws IOException {
        FakeDisk disk = new FakeDisk("fake0", new byte[mib << 20], unit, false);
        try (Rig rig = new Rig(disk)) {
            assertEquals(
                    "exfat",
                    rig.table.format(
                            "fake0",
                            FormatOptions.of("exfat").withLabel("Kärtchen").withClusterBytes(clusterBytes)));
            Peers.check(disk, "new");
            assertEquals("exfat", rig.table.identify("fake0").map(i -> i.type()).orElse(""));
            assertEquals("Kärtchen", rig.mount().label());
            Files.writeString(rig.path("/f"), "content");
            assertTrue(rig.unmount().clean());
            Peers.check(disk, "with a file");
        }
    }

    @ParameterizedTest
    @CsvSource({"8, 4096", "100, 32768"})
    void volumeOfExfatprogs_isReadAndWritten(int mib, int clusterBytes) throws IOException {
        Peers.need("mkfs.exfat", "fsck.exfat");
        Path image = host.resolve("image");
        try (RandomAccessFile made = new RandomAccessFile(image.toFile(), "rw")) {
            made.setLength((long) mib << 20);
        }
        Peers.must("mkfs.exfat", "-L", "PEER", "-c", "" + clusterBytes, image.toString());
        FakeDisk disk = new FakeDisk("fake0", Files.readAllBytes(image), 512, false);
        try (Rig rig = new Rig(disk)) {
            assertEquals("PEER", rig.mount().label());
            Files.createDirectories(rig.path("/Ein Verzeichnis/noch eins"));
            Files.write(rig.path("/Ein Verzeichnis/noch eins/日本.bin"), noise(1, 300_000));
            assertArrayEquals(noise(1, 300_000), Files.readAllBytes(rig.path("/ein verzeichnis/NOCH EINS/日本.BIN")));
            assertTrue(rig.unmount().clean());
            Peers.check(disk, "written by us");
        }
    }

    @Test
    void filesThatGrowInTurns_areChained() throws IOException {
        try (Rig rig = Rig.formatted("exfat", 20 << 20)) {
            rig.mount();
            byte[] one = noise(1, 200_000);
            byte[] other = noise(2, 200_000);
            try (FileChannel a = FileChannel.open(rig.path("/a"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileChannel b =
                            FileChannel.open(rig.path("/b"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                for (int at = 0; at < one.length; at += 5000) {
                    a.write(ByteBuffer.wrap(one, at, 5000));
                    b.write(ByteBuffer.wrap(other, at, 5000));
                    if (at % 50_000 == 0) {
                        a.force(true);
                    }
                }
            }
            assertTrue(rig.unmount().clean());
            Peers.check(rig.disk, "chained");
            rig.mount();
            assertArrayEquals(one, Files.readAllBytes(rig.path("/a")));
            assertArrayEquals(other, Files.readAllBytes(rig.path("/b")));
            try (FileChannel a = FileChannel.open(rig.path("/a"), StandardOpenOption.WRITE)) {
                a.truncate(60_000);
                a.write(ByteBuffer.wrap(one, 60_000, 50_000), 60_000);
                a.truncate(0);
                a.write(ByteBuffer.wrap(one, 0, 100_000), 0);
            }
            assertTrue(rig.unmount().clean());
            Peers.check(rig.disk, "cut and grown again");
            rig.mount();
            assertArrayEquals(java.util.Arrays.copyOf(one, 100_000), Files.readAllBytes(rig.path("/a")));
        }
    }

    @Test
    void directories_growPastAClusterAndShrinkByNames() throws IOException {
        try (Rig rig = Rig.formatted("exfat", 20 << 20)) {
            rig.mount();
            List<String> names = new ArrayList<>();
            Files.createDirectory(rig.path("/d"));
            Files.createDirectory(rig.path("/e"));
            for (int i = 0; i < 400; i++) {
                String name = "n".repeat(1 + i * 7 % 255 / 2) + "-" + i;
                names.add(name);
                Files.createFile(rig.path("/d/" + name));
                Files.createFile(rig.path("/e/" + name));
                Files.createFile(rig.path("/" + name));
            }
            String longest = "x".repeat(255);
            Files.writeString(rig.path("/d/" + longest), "long");
            names.add(longest);
            assertTrue(rig.unmount().clean());
            Peers.check(rig.disk, "many names");
            rig.mount();
            try (Stream<Path> all = Files.list(rig.path("/d"))) {
                assertEquals(
                        names.stream().sorted().toList(),
                        all.map(path -> path.getFileName().toString()).sorted().toList());
            }
            assertEquals("long", Files.readString(rig.path("/d/" + longest.toUpperCase(java.util.Locale.ROOT))));
            for (int i = 0; i < 400; i += 2) {
                Files.delete(rig.path("/d/" + names.get(i)));
                Files.move(rig.path("/e/" + names.get(i)), rig.path("/d/moved " + i));
            }
            assertTrue(rig.unmount().clean());
            Peers.check(rig.disk, "half of them gone");
        }
    }

    @Test
    void times_haveTenMillisecondsAndAnOffset() throws IOException {
        try (Rig rig = Rig.formatted("exfat", 8 << 20)) {
            rig.mount();
            Path file = Files.createFile(rig.path("/f"));
            FileTime created = FileTime.from(Instant.parse("2001-02-03T23:05:07.37Z"));
            FileTime modified = FileTime.from(Instant.parse("2031-12-31T23:59:59.99Z"));
            FileTime accessed = FileTime.from(Instant.parse("1999-06-05T04:03:02Z"));
            Files.getFileAttributeView(file, BasicFileAttributeView.class).setTimes(modified, accessed, created);
            rig.unmount();
            rig.mount();
            BasicFileAttributes read = Files.readAttributes(rig.path("/f"), BasicFileAttributes.class);
            assertEquals(created, read.creationTime());
            assertEquals(modified, read.lastModifiedTime());
            assertEquals(accessed, read.lastAccessTime());
        }
    }

    @Test
    void whatWasNeverWritten_readsAsZero() throws IOException {
        try (Rig rig = Rig.formatted("exfat", 8 << 20)) {
            rig.mount();
            Files.write(rig.path("/f"), noise(3, 9000));
            rig.unmount();
            setValidSize(rig.disk.bytes, 100);
            rig.mount();
            byte[] expected = java.util.Arrays.copyOf(java.util.Arrays.copyOf(noise(3, 9000), 100), 9000);
            assertArrayEquals(expected, Files.readAllBytes(rig.path("/f")));
            try (FileChannel channel = FileChannel.open(rig.path("/f"), StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.wrap(new byte[] {1}), 5000);
            }
            expected[5000] = 1;
            rig.unmount();
            Peers.check(rig.disk, "valid size");
            rig.mount();
            assertArrayEquals(expected, Files.readAllBytes(rig.path("/f")));
        }
    }

    /** As another system may leave it: allocated, and written in part. Changes the first file's entries. */
    private static void setValidSize(byte[] image, long valid) {
        ByteBuffer bytes = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
        int sector = 1 << image[108];
        long root = bytes.getInt(88) * (long) sector + (bytes.getInt(96) - 2L) * (sector << image[109]);
        int at = (int) root;
        while ((image[at] & 0xFF) != 0x85) {
            at += 32;
        }
        bytes.putLong(at + 32 + 8, valid);
        int sum = 0;
        for (int i = 0; i < 32 * (1 + image[at + 1]); i++) {
            if (i != 2 && i != 3) {
                sum = (sum << 15 | sum >>> 1) + (image[at + i] & 0xFF) & 0xFFFF;
            }
        }
        bytes.putShort(at + 2, (short) sum);
    }

    @Test
    void damage_isSaidInOneLine() throws IOException {
        try (Rig rig = Rig.formatted("exfat", 8 << 20)) {
            byte[] good = rig.disk.bytes.clone();
            for (int[] wrong : new int[][] {{108, 20}, {109, 99}, {110, 2}, {96, 0}, {92, 0xFF}, {72, 0xFF}, {80, 1}}) {
                System.arraycopy(good, 0, rig.disk.bytes, 0, good.length);
                rig.disk.bytes[wrong[0]] = (byte) wrong[1];
                rig.disk.bytes[wrong[0] + 1] =
                        (byte) (wrong[0] == 92 || wrong[0] == 72 ? 0xFF : rig.disk.bytes[wrong[0] + 1]);
                FileSystemException said = assertThrows(FileSystemException.class, rig::mount, "at " + wrong[0]);
                assertTrue(said.getMessage().contains("damaged exFAT"), said.getMessage());
                assertFalse(said.getMessage().contains("\n"));
            }
        }
    }

    @Test
    void noSpace_isSaidAndNothingIsLost() throws IOException {
        try (Rig rig = Rig.formatted("exfat", 2 << 20)) {
            rig.mount();
            Files.write(rig.path("/kept"), noise(1, 100_000));
            FileSystemException full =
                    assertThrows(FileSystemException.class, () -> Files.write(rig.path("/large"), new byte[4 << 20]));
            assertTrue(
                    full.getMessage().contains("no space left")
                            || full.getMessage().contains("too large"),
                    full.getMessage());
            Files.delete(rig.path("/large"));
            assertArrayEquals(noise(1, 100_000), Files.readAllBytes(rig.path("/kept")));
            assertTrue(rig.unmount().clean());
            Peers.check(rig.disk, "full and emptied");
        }
    }
}
