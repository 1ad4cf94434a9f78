package org.unplug.fs.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.DosFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Every method of {@link Files} does on a mount what it says; those for what a volume without owners and links has not, refuse. */
class FilesConformanceTest {
    private static final FileTime TIME = FileTime.from(Instant.parse("2011-12-13T14:15:16Z"));

    @TempDir
    Path host;

    private Path root;

    /** By method name and number of parameters; what they do is said of a directory with a file and a sub-directory. */
    private Map<String, Executable> claims() {
        Map<String, Executable> claims = new TreeMap<>();
        Path file = root.resolve("file.txt");
        Path absent = root.resolve("absent");
        Path sub = root.resolve("sub");
        claims.put("copy 2 InputStream", () -> {
            assertEquals(3, Files.copy(new ByteArrayInputStream(new byte[] {1, 2, 3}), absent));
            assertThrows(
                    FileAlreadyExistsException.class, () -> Files.copy(new ByteArrayInputStream(new byte[1]), absent));
            assertEquals(
                    1, Files.copy(new ByteArrayInputStream(new byte[1]), absent, StandardCopyOption.REPLACE_EXISTING));
            Files.delete(absent);
        });
        claims.put("copy 2 OutputStream", () -> {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            assertEquals(8, Files.copy(file, out));
            assertEquals("one\ntwo\n", out.toString(StandardCharsets.UTF_8));
        });
        claims.put("copy 3 Path", () -> {
            Files.copy(file, absent, StandardCopyOption.COPY_ATTRIBUTES);
            assertEquals(Files.getLastModifiedTime(file), Files.getLastModifiedTime(absent));
            assertThrows(
                    UnsupportedOperationException.class,
                    () -> Files.copy(file, absent, StandardCopyOption.ATOMIC_MOVE));
            Files.delete(absent);
        });
        claims.put("createDirectories", () -> {
            Files.createDirectories(root.resolve("x/y/z"));
            Files.createDirectories(root.resolve("x/y/z"));
            assertThrows(FileAlreadyExistsException.class, () -> Files.createDirectories(file));
            for (String each : List.of("x/y/z", "x/y", "x")) {
                Files.delete(root.resolve(each));
            }
        });
        claims.put("createDirectory", () -> {
            Files.createDirectory(absent);
            assertThrows(FileAlreadyExistsException.class, () -> Files.createDirectory(absent));
            Files.delete(absent);
        });
        claims.put("createFile", () -> {
            Files.createFile(absent);
            assertThrows(FileAlreadyExistsException.class, () -> Files.createFile(absent));
            assertThrows(
                    UnsupportedOperationException.class,
                    () -> Files.createFile(
                            root.resolve("p"),
                            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))));
            Files.delete(absent);
        });
        claims.put(
                "createLink",
                () -> assertThrows(UnsupportedOperationException.class, () -> Files.createLink(absent, file)));
        claims.put(
                "createSymbolicLink",
                () -> assertThrows(UnsupportedOperationException.class, () -> Files.createSymbolicLink(absent, file)));
        claims.put(
                "readSymbolicLink",
                () -> assertThrows(UnsupportedOperationException.class, () -> Files.readSymbolicLink(file)));
        claims.put("createTempDirectory", () -> {
            Path made = Files.createTempDirectory(sub, "t");
            assertTrue(Files.isDirectory(made) && made.startsWith(sub));
            Files.delete(made);
        });
        claims.put("createTempFile", () -> {
            Path made = Files.createTempFile(sub, "t", ".tmp");
            assertEquals(0, Files.size(made));
            Files.delete(made);
        });
        claims.put("delete", () -> {
            assertThrows(NoSuchFileException.class, () -> Files.delete(absent));
            Files.createFile(absent);
            Files.delete(absent);
            assertFalse(Files.exists(absent));
        });
        claims.put("deleteIfExists", () -> assertFalse(Files.deleteIfExists(absent)));
        claims.put("exists", () -> assertTrue(Files.exists(file) && !Files.exists(absent)));
        claims.put("notExists", () -> assertTrue(Files.notExists(absent) && !Files.notExists(file)));
        claims.put("find", () -> {
            try (Stream<Path> found = Files.find(root, 5, (path, attributes) -> attributes.size() == 8)) {
                assertEquals(List.of(file), found.toList());
            }
        });
        claims.put("getAttribute", () -> assertEquals(8L, Files.getAttribute(file, "size")));
        claims.put(
                "getFileAttributeView",
                () -> assertEquals(
                        "basic",
                        Files.getFileAttributeView(file, BasicFileAttributeView.class)
                                .name()));
        claims.put(
                "getFileStore",
                () -> assertEquals("fake0", Files.getFileStore(file).name()));
        claims.put("getLastModifiedTime", () -> assertNotNull(Files.getLastModifiedTime(file)));
        claims.put("setLastModifiedTime", () -> {
            Files.setLastModifiedTime(file, TIME);
            assertEquals(TIME, Files.getLastModifiedTime(file));
        });
        claims.put("getOwner", () -> assertThrows(UnsupportedOperationException.class, () -> Files.getOwner(file)));
        claims.put(
                "setOwner",
                () -> assertThrows(
                        UnsupportedOperationException.class, () -> Files.setOwner(file, Files.getOwner(host))));
        claims.put(
                "getPosixFilePermissions",
                () -> assertThrows(UnsupportedOperationException.class, () -> Files.getPosixFilePermissions(file)));
        claims.put(
                "setPosixFilePermissions",
                () -> assertThrows(
                        UnsupportedOperationException.class, () -> Files.setPosixFilePermissions(file, Set.of())));
        claims.put("isDirectory", () -> assertTrue(Files.isDirectory(sub) && !Files.isDirectory(file)));
        claims.put("isRegularFile", () -> assertTrue(Files.isRegularFile(file) && !Files.isRegularFile(sub)));
        claims.put("isSymbolicLink", () -> assertFalse(Files.isSymbolicLink(file)));
        claims.put("isHidden", () -> assertFalse(Files.isHidden(file)));
        claims.put("isReadable", () -> assertTrue(Files.isReadable(file) && !Files.isReadable(absent)));
        claims.put("isWritable", () -> assertTrue(Files.isWritable(file)));
        claims.put("isExecutable", () -> assertTrue(Files.isExecutable(file)));
        claims.put(
                "isSameFile",
                () -> assertTrue(Files.isSameFile(file, root.resolve("FILE.TXT"))
                        && !Files.isSameFile(file, sub)
                        && !Files.isSameFile(file, host)));
        claims.put("lines", () -> {
            try (Stream<String> lines = Files.lines(file)) {
                assertEquals(List.of("one", "two"), lines.toList());
            }
        });
        claims.put("list", () -> {
            try (Stream<Path> entries = Files.list(root)) {
                assertEquals(Set.of(file, sub), Set.copyOf(entries.toList()));
            }
        });
        claims.put("mismatch", () -> {
            assertEquals(-1, Files.mismatch(file, file));
            Files.writeString(absent, "one\nTwo\n");
            assertEquals(4, Files.mismatch(file, absent));
            Files.delete(absent);
        });
        claims.put("move", () -> {
            Files.move(file, absent, new CopyOption[] {StandardCopyOption.ATOMIC_MOVE});
            assertFalse(Files.exists(file));
            Files.move(absent, file);
        });
        claims.put("newBufferedReader", () -> {
            try (BufferedReader reader = Files.newBufferedReader(file)) {
                assertEquals("one", reader.readLine());
            }
        });
        claims.put("newBufferedWriter", () -> {
            try (BufferedWriter writer = Files.newBufferedWriter(absent)) {
                writer.write("x");
            }
            assertEquals(1, Files.size(absent));
            Files.delete(absent);
        });
        claims.put("newByteChannel", () -> {
            try (SeekableByteChannel channel = Files.newByteChannel(file)) {
                channel.position(4);
                ByteBuffer three = ByteBuffer.allocate(3);
                channel.read(three);
                assertEquals("two", new String(three.array(), StandardCharsets.UTF_8));
            }
        });
        claims.put("newDirectoryStream", () -> {
            try (DirectoryStream<Path> stream = Files.newDirectoryStream(root, "*.txt")) {
                List<Path> found = new ArrayList<>();
                stream.forEach(found::add);
                assertEquals(List.of(file), found);
            }
            try (DirectoryStream<Path> stream = Files.newDirectoryStream(root, path -> Files.isDirectory(path))) {
                assertEquals(sub, stream.iterator().next());
            }
        });
        claims.put("newInputStream", () -> {
            try (InputStream in = Files.newInputStream(file)) {
                assertEquals(8, in.available());
                assertEquals(4, in.skip(4));
                assertEquals('t', in.read());
            }
        });
        claims.put("newOutputStream", () -> {
            try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.APPEND)) {
                out.write('3');
            }
            assertEquals("one\ntwo\n3", Files.readString(file));
            Files.writeString(file, "one\ntwo\n");
        });
        claims.put("probeContentType", () -> Files.probeContentType(file));
        claims.put("readAllBytes", () -> assertEquals(8, Files.readAllBytes(file).length));
        claims.put("readAllLines", () -> assertEquals(List.of("one", "two"), Files.readAllLines(file)));
        claims.put("readAttributes", () -> {
            assertTrue(Files.readAttributes(file, BasicFileAttributes.class).isRegularFile());
            assertTrue(Files.readAttributes(sub, DosFileAttributes.class).isDirectory());
            assertEquals(
                    9,
                    Files.readAttributes(file, "*", LinkOption.NOFOLLOW_LINKS).size());
        });
        claims.put("readString", () -> assertEquals("one\ntwo\n", Files.readString(file)));
        claims.put("setAttribute", () -> {
            Files.setAttribute(file, "dos:system", true);
            assertEquals(true, Files.getAttribute(file, "dos:system"));
            Files.setAttribute(file, "lastModifiedTime", TIME);
            assertEquals(TIME, Files.getLastModifiedTime(file));
        });
        claims.put("size", () -> assertEquals(8, Files.size(file)));
        claims.put("walk", () -> {
            try (Stream<Path> all = Files.walk(root)) {
                assertEquals(3, all.count());
            }
        });
        claims.put("walkFileTree", () -> {
            List<String> visited = new ArrayList<>();
            Files.walkFileTree(root, EnumSet.of(FileVisitOption.FOLLOW_LINKS), 9, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
                    visited.add(path.getFileName().toString());
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path path, IOException failure) {
                    visited.add(path.toString());
                    return FileVisitResult.CONTINUE;
                }
            });
            assertEquals(Set.of("file.txt", sub.toString(), root.toString()), Set.copyOf(visited));
        });
        claims.put("write", () -> {
            Files.write(absent, List.of("a", "b"));
            assertArrayEquals("a\nb\n".getBytes(StandardCharsets.UTF_8), Files.readAllBytes(absent));
            Files.write(absent, new byte[] {1});
            assertEquals(1, Files.size(absent));
            Files.delete(absent);
        });
        claims.put("writeString", () -> {
            Files.writeString(absent, "ä", StandardCharsets.ISO_8859_1, StandardOpenOption.CREATE_NEW);
            assertEquals(1, Files.size(absent));
            Files.delete(absent);
        });
        return claims;
    }

    @TestFactory
    Stream<DynamicTest> everyMethod_keepsItsPromise() {
        root = host;
        return Stream.of("fat16", "exfat")
                .flatMap(type -> claims().keySet().stream()
                        .map(name -> DynamicTest.dynamicTest(type + ": " + name, () -> check(type, name))));
    }

    private void check(String type, String name) throws Throwable {
        try (Rig rig = Rig.formatted(type, 20 << 20)) {
            root = rig.fileSystem().getPath("/top");
            Files.createDirectories(root.resolve("sub"));
            Files.writeString(root.resolve("file.txt"), "one\ntwo\n");
            claims().get(name).execute();
            try (Stream<Path> all = Files.walk(root)) {
                assertEquals(3, all.count(), "what the claim made is still there");
            }
            assertTrue(rig.unmount().clean());
            Peers.check(rig.disk, name);
        }
    }

    @Test
    void thereIsAClaimOfEveryMethod() {
        root = host;
        Set<String> missing = new TreeSet<>();
        for (Method method : Files.class.getDeclaredMethods()) {
            if (Modifier.isPublic(method.getModifiers())) {
                missing.add(method.getName());
            }
        }
        claims().keySet().forEach(name -> missing.remove(name.split(" ", -1)[0]));
        assertEquals(Set.of(), missing);
    }
}
