package org.unplug.fs.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.fs.FormatOptions;
import org.unplug.fs.Mount;
import org.unplug.fs.MountOptions;
import org.unplug.fs.MountTable;

/** What is wrong is refused in one line that names what and why, and everything else goes on. */
@Timeout(120)
class BadInputTest {

    private static void refused(String why, Rig rig) {
        FileSystemException refused = assertThrows(FileSystemException.class, rig::mount);
        String line = refused.getMessage();
        assertTrue(line.contains(why), line);
        assertTrue(line.contains("fake0"), line);
        assertEquals(1, line.lines().count(), line);
        assertTrue(!rig.disk.isOpen() && rig.table.list().isEmpty(), "nothing is left of it");
    }

    private static void setShort(FakeDisk disk, int at, int value) {
        disk.bytes[at] = (byte) value;
        disk.bytes[at + 1] = (byte) (value >>> 8);
    }

    @Test
    void emptyDisk_isNoFileSystem() {
        try (Rig rig = new Rig(new FakeDisk("fake0", 1 << 20))) {
            refused("no file system that is known", rig);
        }
    }

    @Test
    void cardSmallerThanItsFileSystem_isRefused() throws IOException {
        try (Rig rig = Rig.formatted("fat16", 20 << 20)) {
            rig.disk = new FakeDisk("fake0", Arrays.copyOf(rig.disk.bytes, 10 << 20), 512, false);
            refused("is larger than its disk of 10485760", rig);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "11, 0, no file system",
        "11, 256, no file system",
        "13, 3, no file system",
        "13, 0, no file system",
        "14, 0, no file system",
        "14, 65535, no room for data",
        "16, 0, no file system",
        "17, 3, root directory of 3",
        "22, 65535, no room for data",
        "510, 0, no file system"
    })
    void contradictoryBootSector_isRefused(int field, int value, String why) throws IOException {
        try (Rig rig = Rig.formatted("fat16", 20 << 20)) {
            if (field == 13 || field == 16) {
                rig.disk.bytes[field] = (byte) value;
            } else {
                setShort(rig.disk, field, value);
            }
            refused(why, rig);
        }
    }

    @Test
    void rootClusterOutOfRange_isRefused() throws IOException {
        try (Rig rig = Rig.formatted("fat32", 40 << 20)) {
            setShort(rig.disk, 46, 0x0FFF);
            refused("root directory at cluster", rig);
        }
    }

    @Test
    void rootDirectoryInACircle_isRefused() throws IOException {
        try (Rig rig = Rig.formatted("fat32", 40 << 20)) {
            int entry = 32 * 512 + 2 * 4;
            rig.disk.bytes[entry] = 2;
            rig.disk.bytes[entry + 1] = 0;
            rig.disk.bytes[entry + 2] = 0;
            rig.disk.bytes[entry + 3] = 0;
            FileSystemException refused = assertThrows(FileSystemException.class, rig::mount);
            assertTrue(refused.getMessage().contains("runs in a circle"), refused.getMessage());
        }
    }

    @Test
    void fileWhoseChainRunsInACircle_failsToBeReadAndLeavesTheRest() throws IOException {
        try (Rig rig = Rig.formatted("fat16", 20 << 20)) {
            rig.mount();
            Files.write(rig.path("/circle"), new byte[100_000]);
            Files.writeString(rig.path("/whole"), "whole");
            rig.unmount();
            // Entry 3 of the first table leads back to 2; the file believes in more clusters than that.
            int table = (rig.disk.bytes[14] & 0xFF) * 512;
            setShort(rig.disk, table + 6, 2);
            rig.mount();
            assertEquals(100_000, Files.readAllBytes(rig.path("/circle")).length);
            FileSystemException refused = assertThrows(
                    FileSystemException.class,
                    () -> Files.writeString(rig.path("/circle"), "x", StandardOpenOption.APPEND));
            assertTrue(refused.getMessage().contains("runs in a circle"), refused.getMessage());
            assertEquals("whole", Files.readString(rig.path("/whole")));
            FileSystemException readOnly =
                    assertThrows(FileSystemException.class, () -> Files.writeString(rig.path("/new"), "x"));
            assertTrue(readOnly.getMessage().contains("read-only since damage"), readOnly.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"fat12", "fat16", "fat32"})
    void randomDamage_neitherHangsNorThrowsAnythingButIoErrors(String type) throws IOException {
        int mib = type.equals("fat32") ? 36 : type.equals("fat16") ? 8 : 2;
        byte[] whole;
        int important;
        try (Rig rig = Rig.formatted(type, mib << 20)) {
            rig.mount();
            Files.createDirectories(rig.path("/a/b c d e f g h i j k"));
            for (int i = 0; i < 40; i++) {
                Files.write(rig.path("/a/name that is rather long " + i), new byte[i * 1000]);
            }
            rig.unmount();
            whole = rig.disk.bytes.clone();
            important = type.equals("fat32") ? 700_000 : 120_000;
        }
        for (int seed = 0; seed < 60; seed++) {
            Random random = new Random(seed);
            byte[] image = whole.clone();
            int flips = 1 + random.nextInt(30);
            for (int i = 0; i < flips; i++) {
                int at = random.nextInt(3) == 0 ? random.nextInt(90) : random.nextInt(important);
                image[at] = (byte) random.nextInt();
            }
            try (Rig rig = new Rig(new FakeDisk("fake0", image, 512, false), 1 << 20)) {
                use(rig);
            } catch (IOException | java.io.UncheckedIOException allowed) {
                // One clear line; anything else fails the test.
            } catch (RuntimeException | Error wrong) {
                throw new AssertionError("seed " + seed + " on " + type, wrong);
            }
        }
    }

    private static void use(Rig rig) throws IOException {
        rig.mount();
        try (Stream<Path> walk = Files.walk(rig.path("/"), 6)) {
            for (Path path : walk.limit(500).toList()) {
                try {
                    if (Files.isRegularFile(path) && Files.size(path) < 10_000_000) {
                        Files.readAllBytes(path);
                    }
                    Files.delete(path);
                } catch (IOException oneFile) {
                    // The next may be whole.
                }
            }
        }
        Files.write(rig.path("/new file"), new byte[10_000]);
        rig.unmount();
    }

    @Test
    void nameThatWouldSteerATerminal_isShownWithASignInstead() throws IOException {
        try (Rig rig = Rig.formatted("fat16", 8 << 20)) {
            rig.mount();
            Files.writeString(rig.path("/STEER"), "content");
            rig.unmount();
            byte[] name = "STEER      ".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
            int at = 0;
            while (!Arrays.equals(rig.disk.bytes, at, at + name.length, name, 0, name.length)) {
                at += 32;
            }
            rig.disk.bytes[at + 1] = '\n';
            rig.disk.bytes[at + 2] = 0x1B;
            rig.mount();
            try (Stream<Path> all = Files.list(rig.path("/"))) {
                assertEquals(
                        List.of("/S\uFFFD\uFFFDER"), all.map(Path::toString).toList());
            }
            assertEquals("content", Files.readString(rig.path("/S\uFFFD\uFFFDER")));
            Files.move(rig.path("/S\uFFFD\uFFFDER"), rig.path("/plain"));
            assertTrue(rig.unmount().clean());
            Peers.check(rig.disk, "after it has a name again");
        }
    }

    @Test
    void mountPointInUse_diskInUse_unknownDisk_areRefused() throws IOException {
        try (Rig rig = Rig.formatted("fat16", 20 << 20)) {
            rig.mount();
            FileSystemException pointInUse = assertThrows(FileSystemException.class, rig::mount);
            assertTrue(pointInUse.getMessage().contains("mount point in use: disk fake0"), pointInUse.getMessage());
            FileSystemException diskInUse = assertThrows(
                    FileSystemException.class,
                    () -> rig.table.mount("fake0", "/other", MountTable.AUTO, MountOptions.DEFAULT));
            assertTrue(diskInUse.getMessage().contains("in use by mount at /mnt/card"), diskInUse.getMessage());
            FileSystemException formatInUse =
                    assertThrows(FileSystemException.class, () -> rig.table.format("fake0", FormatOptions.of("vfat")));
            assertTrue(formatInUse.getMessage().contains("in use by mount at /mnt/card"), formatInUse.getMessage());
            FileSystemException unknown = assertThrows(
                    FileSystemException.class,
                    () -> rig.table.mount("sdq", "/other", MountTable.AUTO, MountOptions.DEFAULT));
            assertEquals("sdq: no such disk", unknown.getMessage());
            FileSystemException nothing = assertThrows(FileSystemException.class, () -> rig.table.unmount("/other"));
            assertEquals("/other: nothing is mounted there", nothing.getMessage());
            FileSystemException type = assertThrows(
                    FileSystemException.class, () -> rig.table.mount("fake0", "/other", "ext4", MountOptions.DEFAULT));
            assertTrue(type.getMessage().contains("'ext4' is not known"), type.getMessage());
            FileSystemException relative = assertThrows(
                    FileSystemException.class,
                    () -> rig.table.mount("fake0", "other", MountTable.AUTO, MountOptions.DEFAULT));
            assertTrue(relative.getMessage().contains("absolute"), relative.getMessage());
            assertEquals(1, rig.table.list().size());
        }
    }

    @Test
    void writeProtectedDisk_isReadAndRefusesChanges() throws IOException {
        try (Rig rig = Rig.formatted("fat16", 20 << 20)) {
            rig.mount();
            Files.writeString(rig.path("/file"), "content");
            rig.unmount();
            rig.disk = new FakeDisk("fake0", rig.disk.bytes, 512, true);
            Mount mount = rig.mount();
            assertTrue(mount.options().readOnly() && mount.fileSystem().isReadOnly());
            assertEquals("content", Files.readString(rig.path("/file")));
            for (String word : new String[] {"/file", "/new"}) {
                FileSystemException refused =
                        assertThrows(FileSystemException.class, () -> Files.writeString(rig.path(word), "x"));
                assertTrue(refused.getMessage().contains("read-only"), refused.getMessage());
            }
            assertThrows(FileSystemException.class, () -> Files.delete(rig.path("/file")));
            assertTrue(rig.unmount().clean());
            FileSystemException format =
                    assertThrows(FileSystemException.class, () -> rig.table.format("fake0", FormatOptions.of("vfat")));
            assertTrue(format.getMessage().contains("write protected"), format.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a*b", "a?b", "a:b", "a\"b", "a<b", "a|b", "a\\b", "tab\t", "ends with.", "ends with ", "nul\0"})
    void nameThatFatCannotHold_isRefusedWithTheReason(String name) throws IOException {
        try (Rig rig = Rig.formatted("fat16", 20 << 20)) {
            rig.mount();
            InvalidPathException refused = assertThrows(InvalidPathException.class, () -> rig.path("/" + name));
            assertTrue(refused.getReason().startsWith("FAT names cannot"), refused.getReason());
            assertThrows(InvalidPathException.class, () -> rig.path("/" + "x".repeat(256)));
            Files.createFile(rig.path("/" + "x".repeat(255)));
        }
    }

    @Test
    void fullVolume_saysSoAndLosesNothing() throws IOException {
        try (Rig rig = Rig.formatted("fat16", 8 << 20)) {
            rig.mount();
            byte[] first = new byte[1_000_000];
            new Random(1).nextBytes(first);
            Files.write(rig.path("/first"), first);
            FileSystemException full =
                    assertThrows(FileSystemException.class, () -> Files.write(rig.path("/second"), new byte[20 << 20]));
            assertEquals("/second: no space left on fake0", full.getMessage());
            assertThrows(FileSystemException.class, () -> Files.createDirectory(rig.path("/no room for a cluster")));
            assertTrue(Files.size(rig.path("/second")) > 6_000_000);
            assertEquals(0, rig.table.list().get(0).space().freeBytes());
            assertArrayEquals(first, Files.readAllBytes(rig.path("/first")));
            Files.delete(rig.path("/second"));
            Files.write(rig.path("/third"), new byte[6_000_000]);
            assertTrue(rig.unmount().clean());
            Peers.check(rig.disk, "after it was full");
        }
    }

    @Test
    void fullRootDirectory_saysSo() throws IOException {
        try (Rig rig = Rig.formatted("fat16", 8 << 20)) {
            rig.mount();
            FileSystemException full = assertThrows(FileSystemException.class, () -> {
                for (int i = 0; i < 600; i++) {
                    Files.createFile(rig.path("/F" + i));
                }
            });
            assertTrue(full.getMessage().contains("the root directory is full"), full.getMessage());
            assertTrue(rig.unmount().clean());
            Peers.check(rig.disk, "after its root was full");
        }
    }

    @Test
    void fileOfFourGiB_isRefusedAtItsLastByte() throws IOException {
        try (Rig rig = Rig.formatted("fat16", 8 << 20)) {
            rig.mount();
            try (FileChannel channel =
                    FileChannel.open(rig.path("/file"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                FileSystemException large = assertThrows(
                        FileSystemException.class, () -> channel.write(ByteBuffer.allocate(1), 0xFFFF_FFFFL));
                assertTrue(large.getMessage().contains("4 GiB - 1"), large.getMessage());
                FileSystemException full = assertThrows(
                        FileSystemException.class, () -> channel.write(ByteBuffer.allocate(1), 0xFFFF_FFFEL));
                assertTrue(full.getMessage().contains("no space left"), full.getMessage());
                assertEquals(0, channel.size());
            }
            assertTrue(rig.unmount().clean());
            Peers.check(rig.disk, "after refusing");
        }
    }

    @ParameterizedTest
    @CsvSource({"fat32, 20", "fat16, 1", "fat12, 1000"})
    void formatThatDoesNotFitTheSize_isRefused(String type, int mib) {
        try (Rig rig = new Rig(new FakeDisk("fake0", mib << 20))) {
            FileSystemException refused =
                    assertThrows(FileSystemException.class, () -> rig.table.format("fake0", FormatOptions.of(type)));
            assertTrue(refused.getMessage().startsWith("fake0: cannot be formatted"), refused.getMessage());
        }
    }

    @Test
    void writeError_isReportedOnceToEachOpenFile() throws IOException {
        try (Rig rig = Rig.formatted("fat16", 20 << 20)) {
            rig.mount();
            Files.write(rig.path("/file"), new byte[100_000]);
            rig.table.sync();
            FileChannel one = FileChannel.open(rig.path("/file"), StandardOpenOption.WRITE);
            FileChannel two = FileChannel.open(rig.path("/file"), StandardOpenOption.WRITE);
            FileChannel other =
                    FileChannel.open(rig.path("/other"), StandardOpenOption.WRITE, StandardOpenOption.CREATE);
            rig.disk.fail(bio -> bio.op() == BioOp.WRITE, BlockStatus.MEDIUM);
            one.write(ByteBuffer.allocate(50_000));
            FileSystemException lost = assertThrows(FileSystemException.class, () -> one.force(true));
            assertTrue(lost.getMessage().contains("medium error"), lost.getMessage());
            rig.disk.fail(bio -> false, BlockStatus.OK);
            one.force(true);
            one.close();
            assertThrows(FileSystemException.class, two::close);
            other.close();
            assertTrue(rig.unmount().clean());
        }
    }

    @Test
    void buffersThatADriverHoldsAfterATimeOut_areNotUsedAgain() throws IOException {
        try (Rig rig = Rig.formatted("fat16", 20 << 20)) {
            rig.mount();
            byte[] content = new byte[300_000];
            new Random(9).nextBytes(content);
            Files.write(rig.path("/file"), content);
            rig.disk.failHoldingBuffers(bio -> bio.op() == BioOp.WRITE, BlockStatus.TIMEOUT);
            assertThrows(FileSystemException.class, () -> rig.table.sync());
            rig.disk.fail(bio -> false, BlockStatus.OK);
            rig.disk.scribbleOverHeldBuffers();
            rig.table.sync();
            assertArrayEquals(content, Files.readAllBytes(rig.path("/file")));
            rig.unmount();
            rig.mount();
            assertArrayEquals(content, Files.readAllBytes(rig.path("/file")));
        }
    }
}
