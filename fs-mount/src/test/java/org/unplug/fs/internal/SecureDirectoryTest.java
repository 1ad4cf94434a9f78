package org.unplug.fs.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.ClosedDirectoryStreamException;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.DosFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.unplug.fs.DiskGoneException;

/** What {@link SecureDirectoryStream} says of itself holds of a mount's directories. */
class SecureDirectoryTest {
    private Rig rig;

    @AfterEach
    void close() {
        if (rig != null) {
            rig.close();
        }
    }

    private void make(String type) throws IOException {
        rig = Rig.formatted(type, 8 << 20);
        rig.mount();
        Files.createDirectories(rig.path("/a/sub"));
        Files.createDirectory(rig.path("/b"));
        Files.writeString(rig.path("/a/file"), "content");
    }

    /** The caller closes it. */
    @SuppressWarnings("StreamResourceLeak")
    private SecureDirectoryStream<Path> open(String path) throws IOException {
        var stream = Files.newDirectoryStream(rig.path(path));
        assertTrue(stream instanceof SecureDirectoryStream, stream.getClass().getName());
        return (SecureDirectoryStream<Path>) stream;
    }

    private static String read(SecureDirectoryStream<Path> in, Path path) throws IOException {
        try (SeekableByteChannel channel = in.newByteChannel(path, Set.of(StandardOpenOption.READ))) {
            ByteBuffer bytes = ByteBuffer.allocate((int) channel.size());
            while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
                // On.
            }
            return new String(bytes.array(), StandardCharsets.UTF_8);
        }
    }

    private static void write(SecureDirectoryStream<Path> in, Path path, String text) throws IOException {
        try (SeekableByteChannel channel =
                in.newByteChannel(path, Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW))) {
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
        }
    }

    private static List<String> names(Iterable<Path> paths) {
        List<String> names = new ArrayList<>();
        paths.forEach(each -> names.add(each.toString()));
        return names;
    }

    @ParameterizedTest
    @ValueSource(strings = {"fat12", "fat16", "exfat"})
    void operations_areRelativeToTheDirectory(String type) throws IOException {
        make(type);
        try (SecureDirectoryStream<Path> a = open("/a")) {
            assertEquals(List.of("/a/sub", "/a/file"), names(a));
            assertEquals("content", read(a, rig.path("file")));
            write(a, rig.path("sub/new"), "new");
            assertEquals("new", Files.readString(rig.path("/a/sub/new")));
            assertThrows(FileAlreadyExistsException.class, () -> write(a, rig.path("sub/new"), "again"));
            try (SecureDirectoryStream<Path> sub = a.newDirectoryStream(rig.path("sub"))) {
                assertEquals(List.of("/a/sub/new"), names(sub));
                a.move(rig.path("file"), sub, rig.path("moved"));
                assertEquals("content", read(sub, rig.path("moved")));
                assertThrows(FileSystemException.class, () -> a.deleteFile(rig.path("sub")));
                assertThrows(NotDirectoryException.class, () -> sub.deleteDirectory(rig.path("moved")));
                assertThrows(DirectoryNotEmptyException.class, () -> a.deleteDirectory(rig.path("sub")));
                sub.deleteFile(rig.path("moved"));
                sub.deleteFile(rig.path("new"));
            }
            a.deleteDirectory(rig.path("sub"));
            assertFalse(Files.exists(rig.path("/a/sub")));
            assertThrows(NoSuchFileException.class, () -> a.deleteFile(rig.path("absent")));
            assertThrows(NotDirectoryException.class, () -> {
                write(a, rig.path("plain"), "x");
                a.newDirectoryStream(rig.path("plain"));
            });
            FileSystemException outside =
                    assertThrows(FileSystemException.class, () -> read(a, rig.path("../b/../../a")));
            assertEquals("leads out of the directory", outside.getReason());
        }
        assertTrue(rig.unmount().clean());
        Peers.check(rig.disk, "after");
    }

    @ParameterizedTest
    @ValueSource(strings = {"fat16", "exfat"})
    void renamedDirectory_isFollowed_andAnotherOfItsNameIsNotTakenForIt(String type) throws IOException {
        make(type);
        try (SecureDirectoryStream<Path> a = open("/a")) {
            Files.move(rig.path("/a"), rig.path("/b/moved"));
            Files.createDirectory(rig.path("/a"));
            Files.writeString(rig.path("/a/file"), "somebody else's");
            assertEquals("content", read(a, rig.path("file")));
            write(a, rig.path("new"), "text");
            assertEquals("text", Files.readString(rig.path("/b/moved/new")));
            assertFalse(Files.exists(rig.path("/a/new")));
            a.deleteFile(rig.path("file"));
            assertEquals("somebody else's", Files.readString(rig.path("/a/file")));
            Files.move(rig.path("/b"), rig.path("/c"));
            assertEquals("text", read(a, rig.path("new")));
            rig.table.sync();
            assertEquals("text", read(a, rig.path("new")));
        }
        assertTrue(rig.unmount().clean());
        Peers.check(rig.disk, "after");
    }

    @ParameterizedTest
    @ValueSource(strings = {"fat16", "exfat"})
    void deletedDirectory_hasNothing_andGivesItsSpaceBackWhenItIsClosed(String type) throws IOException {
        make(type);
        Files.delete(rig.path("/a/file"));
        rig.table.sync();
        long before = rig.table.list().get(0).space().freeBytes();
        try (SecureDirectoryStream<Path> sub = open("/a/sub")) {
            Files.delete(rig.path("/a/sub"));
            Files.createDirectory(rig.path("/a/sub"));
            assertThrows(NoSuchFileException.class, () -> read(sub, rig.path("file")));
            assertThrows(NoSuchFileException.class, () -> write(sub, rig.path("file"), "x"));
            assertThrows(NoSuchFileException.class, () -> sub.newDirectoryStream(rig.path("")));
            assertThrows(
                    NoSuchFileException.class,
                    () -> sub.getFileAttributeView(BasicFileAttributeView.class).readAttributes());
            Files.delete(rig.path("/a/sub"));
        }
        rig.table.sync();
        assertEquals(
                before + rig.table.list().get(0).space().unitBytes(),
                rig.table.list().get(0).space().freeBytes());
        assertTrue(rig.unmount().clean());
        Peers.check(rig.disk, "after");
    }

    @Test
    void deletedDirectoryThatIsNeverClosed_givesItsSpaceBackAtUnmount() throws IOException {
        make("fat16");
        SecureDirectoryStream<Path> sub = open("/a/sub");
        Path file = rig.path("file");
        Files.delete(rig.path("/a/sub"));
        assertTrue(rig.unmount().clean());
        Peers.check(rig.disk, "after");
        assertEquals(List.of(), rig.table.check("fake0", false).findings());
        assertThrows(ClosedFileSystemException.class, () -> read(sub, file));
        sub.close();
    }

    @Test
    void attributes_areThoseOfTheDirectoryAndOfWhatIsInIt() throws IOException {
        make("fat16");
        FileTime time = FileTime.from(Instant.parse("2011-12-13T14:15:16Z"));
        try (SecureDirectoryStream<Path> a = open("/a")) {
            Files.move(rig.path("/a"), rig.path("/b/a"));
            assertTrue(a.getFileAttributeView(BasicFileAttributeView.class)
                    .readAttributes()
                    .isDirectory());
            DosFileAttributeView file = a.getFileAttributeView(rig.path("file"), DosFileAttributeView.class);
            file.setTimes(time, null, null);
            file.setHidden(true);
            a.getFileAttributeView(BasicFileAttributeView.class).setTimes(time, null, null);
            assertEquals(time, Files.getLastModifiedTime(rig.path("/b/a")));
            assertEquals(time, Files.getLastModifiedTime(rig.path("/b/a/file")));
            assertTrue(Files.isHidden(rig.path("/b/a/file")));
            assertNull(a.getFileAttributeView(PosixFileAttributeView.class));
            assertNull(a.getFileAttributeView(rig.path("file"), PosixFileAttributeView.class));
        }
    }

    @Test
    void absolutePaths_areThoseOfTheMount_andForeignOnesAreRefused() throws IOException {
        make("fat16");
        try (SecureDirectoryStream<Path> b = open("/b")) {
            assertEquals("content", read(b, rig.path("/a/file")));
            b.move(rig.path("/a/file"), b, rig.path("here"));
            assertEquals("content", Files.readString(rig.path("/b/here")));
            b.move(rig.path("here"), b, rig.path("/there"));
            assertEquals("content", Files.readString(rig.path("/there")));
            b.deleteFile(rig.path("/there"));
            try (SecureDirectoryStream<Path> a = b.newDirectoryStream(rig.path("/a"))) {
                assertEquals(List.of("/a/sub"), names(a));
            }
            assertThrows(ProviderMismatchException.class, () -> b.deleteFile(Path.of("host")));
        }
    }

    @Test
    void closedStream_refuses() throws IOException {
        make("fat16");
        SecureDirectoryStream<Path> a = open("/a");
        a.close();
        a.close();
        assertThrows(ClosedDirectoryStreamException.class, () -> a.deleteFile(rig.path("file")));
        assertThrows(ClosedDirectoryStreamException.class, () -> a.newDirectoryStream(rig.path("sub")));
        assertThrows(IllegalStateException.class, a::iterator);
    }

    @Test
    void diskThatIsGone_isSaidByEachOperation_andCloseSucceeds() throws IOException {
        make("fat16");
        SecureDirectoryStream<Path> a = open("/a");
        rig.disk.yankTellingFirst();
        assertThrows(DiskGoneException.class, () -> read(a, rig.path("file")));
        assertThrows(DiskGoneException.class, () -> write(a, rig.path("new"), "x"));
        assertThrows(DiskGoneException.class, () -> a.deleteFile(rig.path("file")));
        assertThrows(DiskGoneException.class, () -> a.newDirectoryStream(rig.path("sub")));
        assertThrows(DiskGoneException.class, () -> a.move(rig.path("file"), a, rig.path("other")));
        a.close();
    }

    @Test
    void watchers_areToldWhereItIsNow() throws IOException {
        make("fat16");
        try (SecureDirectoryStream<Path> a = open("/a");
                WatchService watcher = rig.path("/").getFileSystem().newWatchService()) {
            Files.move(rig.path("/a"), rig.path("/b/a"));
            WatchKey key = rig.path("/b/a")
                    .register(watcher, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_DELETE);
            write(a, rig.path("new"), "x");
            a.deleteFile(rig.path("file"));
            List<String> told = key.pollEvents().stream()
                    .map(event -> event.kind().name() + " " + event.context())
                    .toList();
            assertEquals(List.of("ENTRY_CREATE new", "ENTRY_DELETE file"), told);
        }
    }
}
