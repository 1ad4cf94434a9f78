package org.unplug.fs.internal;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.DELETE_ON_CLOSE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.DosFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What java.nio.file promises, promised by a mount. */
class NioContractTest {
    private Rig rig;
    private FileSystem fileSystem;

    @TempDir
    Path host;

    @BeforeEach
    void mount() throws IOException {
        rig = Rig.formatted("fat16", 20 << 20);
        fileSystem = rig.fileSystem();
    }

    @AfterEach
    void close() throws IOException {
        if (fileSystem.isOpen()) {
            assertTrue(rig.unmount().clean());
        }
        Peers.check(rig.disk, "at the end");
        rig.close();
    }

    private Path path(String text) {
        return fileSystem.getPath(text);
    }

    @Test
    void paths_areTakenApartAndPutTogether() {
        Path path = path("/a/b//c/");
        assertEquals("/a/b/c", path.toString());
        assertEquals("c", path.getFileName().toString());
        assertEquals("/a/b", path.getParent().toString());
        assertEquals("/", path.getRoot().toString());
        assertEquals(3, path.getNameCount());
        assertEquals("b/c", path.subpath(1, 3).toString());
        assertEquals("/a/x", path("/a/b/../x/.").normalize().toString());
        assertEquals("/", path("/..").normalize().toString());
        assertEquals("../x", path("a/../../x").normalize().toString());
        assertEquals("/a/b/d", path("/a/b").resolve("d").toString());
        assertEquals("/d", path("/a/b").resolve("/d").toString());
        assertEquals("../../x", path("/a/b").relativize(path("/x")).toString());
        assertEquals("", path("/a").relativize(path("/a")).toString());
        assertEquals("/a", path("a").toAbsolutePath().toString());
        assertTrue(path("/a/b").startsWith("/A"));
        assertFalse(path("/ab").startsWith("/a"));
        assertTrue(path("/a/b").endsWith("B"));
        assertEquals(path("/ÄÖ/b"), path("/äö/B"));
        assertEquals(path("/Äö").hashCode(), path("/äÖ").hashCode());
        assertEquals(0, path("/A").compareTo(path("/a")));
        assertNotEquals(path("a"), path("/a"));
        assertNull(path("/").getFileName());
        assertNull(path("a").getParent());
        assertNull(path("a").getRoot());
        assertEquals(1, path("").getNameCount());
        assertThrows(ProviderMismatchException.class, () -> path("/a").resolve(host));
        assertThrows(UnsupportedOperationException.class, () -> path("/a").toFile());
        assertEquals("unplug:/mnt/card!/a%20b", path("/a b").toUri().toString());
        assertEquals(path("/a b"), fileSystem.provider().getPath(path("/a b").toUri()));
    }

    @Test
    void openOptions_meanWhatTheySay() throws IOException {
        assertThrows(NoSuchFileException.class, () -> FileChannel.open(path("/f"), WRITE));
        Files.writeString(path("/f"), "first", CREATE_NEW, WRITE);
        assertThrows(FileAlreadyExistsException.class, () -> FileChannel.open(path("/F"), CREATE_NEW, WRITE));
        Files.writeString(path("/f"), "1", WRITE);
        assertEquals("1irst", Files.readString(path("/f")));
        Files.writeString(path("/f"), "+more", APPEND);
        assertEquals("1irst+more", Files.readString(path("/f")));
        Files.writeString(path("/f"), "x", WRITE, TRUNCATE_EXISTING);
        assertEquals("x", Files.readString(path("/f")));
        assertThrows(IllegalArgumentException.class, () -> FileChannel.open(path("/f"), APPEND, READ));
        assertThrows(IllegalArgumentException.class, () -> FileChannel.open(path("/f"), APPEND, TRUNCATE_EXISTING));
        FileChannel.open(path("/temporary"), CREATE, WRITE, DELETE_ON_CLOSE).close();
        assertFalse(Files.exists(path("/temporary")));
        Files.createDirectory(path("/d"));
        assertThrows(FileSystemException.class, () -> FileChannel.open(path("/d")));
        assertThrows(NoSuchFileException.class, () -> Files.createFile(path("/absent/f")));
        assertThrows(FileSystemException.class, () -> Files.createFile(path("/f/g")));
    }

    @Test
    void channel_readsWritesAndTruncatesAtPositions() throws IOException {
        try (FileChannel channel = FileChannel.open(path("/f"), CREATE, READ, WRITE)) {
            assertEquals(-1, channel.read(ByteBuffer.allocate(1)));
            assertEquals(6, channel.write(new ByteBuffer[] {
                ByteBuffer.wrap(new byte[] {1, 2, 3}), ByteBuffer.wrap(new byte[] {4, 5, 6})
            }));
            assertEquals(6, channel.position());
            channel.write(ByteBuffer.wrap(new byte[] {9}), 10_000);
            assertEquals(10_001, channel.size());
            ByteBuffer gap = ByteBuffer.allocate(9_994);
            while (gap.hasRemaining()) {
                channel.read(gap, 6 + gap.position());
            }
            assertArrayEquals(new byte[9_994], gap.array());
            channel.position(20_000);
            assertEquals(-1, channel.read(ByteBuffer.allocate(1)));
            channel.truncate(3);
            assertEquals(3, channel.position());
            ByteBuffer all = ByteBuffer.allocate(10);
            assertEquals(3, channel.read(all, 0));
            assertEquals(0, channel.read(ByteBuffer.allocate(0)));
            assertThrows(IllegalArgumentException.class, () -> channel.read(all, -1));
            UnsupportedOperationException refused = assertThrows(
                    UnsupportedOperationException.class, () -> channel.map(FileChannel.MapMode.READ_ONLY, 0, 1));
            assertTrue(refused.getMessage().contains("pulled out"));
            channel.close();
            assertThrows(ClosedChannelException.class, () -> channel.size());
        }
        try (FileChannel reader = FileChannel.open(path("/f"));
                FileChannel writer = FileChannel.open(path("/f"), WRITE)) {
            assertThrows(NonWritableChannelException.class, () -> reader.write(ByteBuffer.allocate(1)));
            assertThrows(NonReadableChannelException.class, () -> writer.read(ByteBuffer.allocate(1)));
        }
    }

    @Test
    void transfer_movesBytesBetweenMountAndHost() throws IOException {
        byte[] bytes = new byte[1_000_003];
        new Random(7).nextBytes(bytes);
        Path outside = Files.write(host.resolve("outside"), bytes);
        try (FileChannel in = FileChannel.open(outside);
                FileChannel out = FileChannel.open(path("/inside"), CREATE, WRITE)) {
            assertEquals(bytes.length, out.transferFrom(in, 0, Long.MAX_VALUE));
            assertEquals(0, out.transferFrom(in, 2_000_000, 1));
        }
        try (FileChannel in = FileChannel.open(path("/inside"));
                FileChannel out = FileChannel.open(host.resolve("back"), CREATE, WRITE)) {
            assertEquals(bytes.length - 5, in.transferTo(5, bytes.length, out));
        }
        assertArrayEquals(Arrays.copyOfRange(bytes, 5, bytes.length), Files.readAllBytes(host.resolve("back")));
        Files.copy(outside, path("/copied"), StandardCopyOption.COPY_ATTRIBUTES);
        assertArrayEquals(bytes, Files.readAllBytes(path("/copied")));
        Files.move(path("/copied"), host.resolve("moved"));
        assertArrayEquals(bytes, Files.readAllBytes(host.resolve("moved")));
        assertFalse(Files.exists(path("/copied")));
    }

    @Test
    void transferToItself_copiesWithinTheFile() throws IOException {
        Path inside = Files.writeString(path("/inside"), "abcdef");
        try (FileChannel file = FileChannel.open(inside, READ, WRITE)) {
            file.position(3);
            assertEquals(3, file.transferTo(0, 3, file));
        }
        assertEquals("abcabc", Files.readString(inside));
    }

    @Test
    void stream_goesOnWhereItsReaderStopped() throws IOException {
        byte[] bytes = new byte[300_000];
        new Random(9).nextBytes(bytes);
        Path inside = Files.write(path("/inside"), bytes);
        ByteArrayOutputStream rest = new ByteArrayOutputStream();
        try (InputStream in = Files.newInputStream(inside)) {
            assertEquals(bytes[0] & 0xFF, in.read());
            assertEquals(9, in.skip(9));
            assertEquals(bytes.length - 10, in.available());
            assertEquals(bytes.length - 10, in.transferTo(rest));
            assertEquals(-1, in.read());
            assertEquals(0, in.skip(1));
        }
        assertArrayEquals(Arrays.copyOfRange(bytes, 10, bytes.length), rest.toByteArray());
        assertThrows(UnsupportedOperationException.class, () -> Files.newInputStream(inside, WRITE));
    }

    @Test
    void locks_excludeEachOtherAndEndWithTheirChannel() throws IOException {
        try (FileChannel one = FileChannel.open(path("/f"), CREATE, WRITE);
                FileChannel two = FileChannel.open(path("/F"), READ, WRITE)) {
            var lock = one.lock(0, 10, false);
            assertThrows(OverlappingFileLockException.class, () -> two.tryLock(5, 10, true));
            assertTrue(two.tryLock(10, 10, false).isValid());
            one.close();
            assertFalse(lock.isValid());
            assertTrue(two.tryLock(0, 10, false).isValid());
        }
    }

    @Test
    void directories_areMadeListedAndDeleted() throws IOException {
        Files.createDirectories(path("/a/b/c"));
        assertThrows(FileAlreadyExistsException.class, () -> Files.createDirectory(path("/A")));
        assertThrows(FileAlreadyExistsException.class, () -> Files.createDirectory(path("/")));
        assertThrows(NoSuchFileException.class, () -> Files.createDirectory(path("/x/y")));
        assertThrows(DirectoryNotEmptyException.class, () -> Files.delete(path("/a")));
        assertThrows(NoSuchFileException.class, () -> Files.delete(path("/x")));
        assertFalse(Files.deleteIfExists(path("/x")));
        assertThrows(FileSystemException.class, () -> Files.delete(path("/")));
        for (String name : List.of("one.java", "two.JAVA", "three.class")) {
            Files.createFile(path("/a/" + name));
        }
        try (var stream = Files.newDirectoryStream(path("/a"), "*.{java,txt}")) {
            assertEquals("[/a/one.java, /a/two.JAVA]", collect(stream));
            assertThrows(IllegalStateException.class, stream::iterator);
        }
        assertThrows(NotDirectoryException.class, () -> Files.newDirectoryStream(path("/a/one.java")));
        Files.delete(path("/a/b/c"));
        Files.delete(path("/a/b"));
        assertFalse(Files.exists(path("/a/b")));
        assertEquals("/a/one.java", path("/A/ONE.java").toRealPath().toString());
    }

    private static String collect(Iterable<Path> stream) {
        java.util.ArrayList<Path> all = new java.util.ArrayList<>();
        stream.forEach(all::add);
        return all.toString();
    }

    @Test
    void copyAndMove_keepTheirOptions() throws IOException {
        Files.writeString(path("/source"), "source");
        Files.writeString(path("/target"), "target");
        Files.setLastModifiedTime(path("/source"), FileTime.from(Instant.parse("2001-02-03T04:05:06Z")));
        assertThrows(FileAlreadyExistsException.class, () -> Files.copy(path("/source"), path("/target")));
        Files.copy(
                path("/source"),
                path("/target"),
                StandardCopyOption.REPLACE_EXISTING,
                StandardCopyOption.COPY_ATTRIBUTES);
        assertEquals("source", Files.readString(path("/target")));
        assertEquals(
                "2001-02-03T04:05:06Z",
                Files.getLastModifiedTime(path("/target")).toString());
        Files.copy(path("/source"), path("/SOURCE"));
        assertThrows(FileAlreadyExistsException.class, () -> Files.move(path("/source"), path("/target")));
        Files.move(path("/source"), path("/target"), StandardCopyOption.ATOMIC_MOVE);
        assertFalse(Files.exists(path("/source")));
        Files.move(path("/target"), path("/TARGET"));
        assertEquals("/TARGET", path("/target").toRealPath().toString());
        Files.createDirectories(path("/d/e"));
        assertThrows(FileSystemException.class, () -> Files.move(path("/d"), path("/d/e/f")));
        assertThrows(
                DirectoryNotEmptyException.class,
                () -> Files.move(path("/TARGET"), path("/d"), StandardCopyOption.REPLACE_EXISTING));
        Files.move(path("/TARGET"), path("/d/e"), StandardCopyOption.REPLACE_EXISTING);
        assertTrue(Files.isRegularFile(path("/d/e")));
        Files.createDirectory(path("/dir"));
        Files.move(path("/dir"), path("/d/e"), StandardCopyOption.REPLACE_EXISTING);
        Files.move(path("/d/e"), path("/e"));
        Files.writeString(path("/e/f"), "f");
        Files.copy(path("/e"), path("/copy of e"));
        assertTrue(Files.isDirectory(path("/copy of e")));
        assertFalse(Files.exists(path("/copy of e/f")));
    }

    @Test
    void attributes_areReadAndSet() throws IOException {
        Path file = Files.writeString(path("/f"), "12345");
        DosFileAttributes attributes = Files.readAttributes(file, DosFileAttributes.class);
        assertTrue(attributes.isRegularFile() && attributes.isArchive() && !attributes.isHidden());
        assertEquals(5, attributes.size());
        assertEquals("2024-05-06T07:08:09.12Z", attributes.creationTime().toString());
        Files.setAttribute(file, "dos:hidden", true);
        assertTrue(Files.isHidden(file));
        Files.getFileAttributeView(file, BasicFileAttributeView.class)
                .setTimes(
                        FileTime.from(Instant.parse("1999-12-31T23:59:59Z")),
                        null,
                        FileTime.from(Instant.parse("2000-01-01T00:00:01.37Z")));
        Files.setLastModifiedTime(path("/f"), FileTime.from(Instant.parse("1970-01-01T00:00:00Z")));
        rig.unmount();
        fileSystem = rig.fileSystem();
        attributes = Files.readAttributes(path("/f"), DosFileAttributes.class);
        assertTrue(attributes.isHidden());
        assertEquals("2000-01-01T00:00:01.37Z", attributes.creationTime().toString());
        assertEquals("1980-01-01T00:00:00Z", attributes.lastModifiedTime().toString());
        assertEquals(5L, Files.readAttributes(path("/f"), "size,isDirectory").get("size"));
        assertEquals(13, Files.readAttributes(path("/f"), "dos:*").size());
        assertThrows(IllegalArgumentException.class, () -> Files.readAttributes(path("/f"), "nonsense"));
        assertThrows(UnsupportedOperationException.class, () -> Files.readAttributes(path("/f"), "posix:*"));
        assertNull(Files.getFileAttributeView(path("/f"), PosixFileAttributeView.class));
        Files.setAttribute(path("/f"), "dos:readonly", true);
        assertThrows(AccessDeniedException.class, () -> Files.writeString(path("/f"), "x"));
        assertFalse(Files.isWritable(path("/f")));
        assertTrue(Files.isReadable(path("/f")));
        assertTrue(Files.isSameFile(path("/f"), path("/d/../F")));
    }

    @Test
    void newDirectory_keepsTheTimeOfALaterChange() throws IOException {
        Files.createDirectory(path("/d"));
        rig.now = Instant.parse("2025-01-02T03:04:06Z");
        Files.createFile(path("/d/f"));
        rig.unmount();
        fileSystem = rig.fileSystem();
        assertEquals(FileTime.from(rig.now), Files.getLastModifiedTime(path("/d")));
    }

    @Test
    void space_isCountedByTheCluster() throws IOException {
        FileStore store = Files.getFileStore(path("/"));
        long free = store.getUsableSpace();
        long unit = store.getBlockSize();
        Files.write(path("/f"), new byte[1]);
        assertEquals(free - unit, store.getUsableSpace());
        Files.delete(path("/f"));
        assertEquals(free, store.getUnallocatedSpace());
        assertTrue(store.getTotalSpace() > 19_000_000 && store.getTotalSpace() < 20 << 20);
        assertEquals("fat16", store.type());
        assertEquals("CARD", store.getAttribute("label"));
    }

    @Test
    void deletedFile_staysReadableWhileItIsOpen() throws IOException {
        Files.write(path("/f"), new byte[100_000]);
        long free = Files.getFileStore(path("/")).getUsableSpace();
        try (FileChannel channel = FileChannel.open(path("/f"), READ, WRITE)) {
            Files.delete(path("/f"));
            Files.writeString(path("/f"), "another");
            assertEquals(100_000, channel.size());
            channel.write(ByteBuffer.wrap(new byte[] {1}), 99_999);
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(new byte[50_000]), 0);
        }
        assertTrue(Files.getFileStore(path("/")).getUsableSpace() > free);
        assertEquals("another", Files.readString(path("/f")));
    }

    @Test
    void shortAlias_findsTheFileOfTheLongName() throws IOException {
        Files.writeString(path("/a long name.text"), "long");
        assertEquals("long", Files.readString(path("/ALONGN~1.TEX")));
        assertThrows(FileAlreadyExistsException.class, () -> Files.createFile(path("/alongn~1.tex")));
        Files.delete(path("/ALONGN~1.TEX"));
        assertFalse(Files.exists(path("/a long name.text")));
    }

    @Test
    void closeOfTheFileSystem_unmounts() throws IOException {
        FileChannel channel = FileChannel.open(path("/f"), CREATE, WRITE);
        channel.write(ByteBuffer.wrap(new byte[70_000]));
        fileSystem.close();
        assertFalse(fileSystem.isOpen());
        assertFalse(channel.isOpen());
        assertEquals(List.of(), rig.table.list());
        fileSystem.close();
        fileSystem = rig.fileSystem();
        assertEquals(70_000, Files.size(path("/f")));
    }

    @Test
    void globs_matchAsSpecified() {
        assertTrue(fileSystem.getPathMatcher("glob:/a/**/*.c").matches(path("/a/b/c/d.C")));
        assertFalse(fileSystem.getPathMatcher("glob:/a/*.c").matches(path("/a/b/d.c")));
        assertTrue(fileSystem.getPathMatcher("glob:[!a-c]?.{x,y}").matches(path("dd.y")));
        assertFalse(fileSystem.getPathMatcher("glob:[!a-c]?.{x,y}").matches(path("bd.y")));
        assertTrue(fileSystem.getPathMatcher("regex:.*\\.txt").matches(path("a.TXT")));
        assertThrows(UnsupportedOperationException.class, () -> fileSystem.getPathMatcher("sql:%"));
        assertThrows(IllegalArgumentException.class, () -> fileSystem.getPathMatcher("glob:{a"));
    }
}
