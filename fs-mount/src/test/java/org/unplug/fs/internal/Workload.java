package org.unplug.fs.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * One operation on a small tree, and how it is made durable: the workloads of length one of ACE (Mohan and others, OSDI 2018), as far
 * as a file system without links has the operations.
 *
 * @param name says what is done
 * @param operation what is done
 * @param persistence how it is made durable
 * @param forced the file that an fsync is of; null if none is left
 */
record Workload(String name, Operation operation, Persistence persistence, String forced) {

    /** Applies to the files below a root. */
    interface Operation {
        void on(Path root) throws IOException;
    }

    enum Persistence {
        NONE,
        FSYNC,
        SYNC
    }

    private static final String LONG = "a rather long name that takes several entries of its directory.data";

    /** The tree before: content by path, null for a directory. */
    static Map<String, byte[]> before() {
        Map<String, byte[]> tree = new LinkedHashMap<>();
        for (String directory : List.of("A", "A/sub", "B", "Long Directory Name", "C")) {
            tree.put(directory, null);
        }
        tree.put("foo", noise(1, 3000));
        tree.put("bar", noise(2, 9000));
        tree.put(LONG, noise(3, 600));
        tree.put("A/foo", noise(4, 5000));
        tree.put("A/" + LONG, noise(5, 2048));
        tree.put("A/sub/deep", noise(6, 700));
        tree.put("empty", new byte[0]);
        tree.put("keep", noise(7, 20_000));
        tree.put("C/keep too.txt", noise(8, 1234));
        return tree;
    }

    static byte[] noise(int seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    static List<Workload> all() {
        Map<String, Operation> operations = new TreeMap<>();
        Map<String, String> forced = new TreeMap<>();
        List<String> files = List.of("foo", "bar", LONG, "A/foo", "A/" + LONG, "A/sub/deep", "empty");
        List<String> fresh = List.of("new", "A/new", "B/new", "B/" + LONG, "A/Another long name, in a directory.txt");
        for (String path : fresh) {
            for (int size : new int[] {0, 100, 7000}) {
                add(
                        operations,
                        forced,
                        "create " + path + " of " + size,
                        path,
                        root -> Files.write(root.resolve(path), noise(size + 9, size)));
            }
            add(operations, forced, "mkdir " + path, null, root -> Files.createDirectory(root.resolve(path)));
        }
        for (String path : files) {
            for (int size : new int[] {1, 600, 5000}) {
                add(
                        operations,
                        forced,
                        "append " + size + " to " + path,
                        path,
                        root -> Files.write(root.resolve(path), noise(size, size), StandardOpenOption.APPEND));
                add(
                        operations,
                        forced,
                        "overwrite " + size + " of " + path,
                        path,
                        root -> write(root.resolve(path), 0, size));
            }
            add(
                    operations,
                    forced,
                    "write behind the end of " + path,
                    path,
                    root -> write(root.resolve(path), 12_000, 300));
            add(operations, forced, "replace " + path, path, root -> Files.write(root.resolve(path), noise(77, 4000)));
            for (int size : new int[] {0, 1, 512}) {
                add(operations, forced, "truncate " + path + " to " + size, path, root -> {
                    try (FileChannel channel = FileChannel.open(root.resolve(path), StandardOpenOption.WRITE)) {
                        channel.truncate(size);
                    }
                });
            }
            add(operations, forced, "delete " + path, null, root -> Files.delete(root.resolve(path)));
            add(
                    operations,
                    forced,
                    "date " + path,
                    path,
                    root -> Files.setLastModifiedTime(
                            root.resolve(path), FileTime.from(Instant.parse("2000-01-01T00:00:00Z"))));
            for (String to : List.of("renamed", "A/renamed with a long name", "B/moved", "bar", "A/foo")) {
                if (!to.equals(path)) {
                    add(
                            operations,
                            forced,
                            "rename " + path + " to " + to,
                            to,
                            root -> Files.move(
                                    root.resolve(path), root.resolve(to), StandardCopyOption.REPLACE_EXISTING));
                }
            }
        }
        for (String path : List.of("empty", "foo", LONG, "A/foo", "C/keep too.txt")) {
            for (String to : List.of(path.toUpperCase(Locale.ROOT), capitalized(path))) {
                add(operations, forced, "respell " + path + " as " + to, to, root -> {
                    Path from = root.resolve(path);
                    Files.move(
                            from, from.resolveSibling(Path.of(to).getFileName().toString()));
                });
            }
        }
        add(operations, forced, "rmdir B", null, root -> Files.delete(root.resolve("B")));
        add(
                operations,
                forced,
                "rmdir Long Directory Name",
                null,
                root -> Files.delete(root.resolve("Long Directory Name")));
        for (String from : List.of("A", "B", "A/sub", "Long Directory Name")) {
            for (String to : List.of("D", "C/moved here with a long name", "B")) {
                if (!to.equals(from)) {
                    add(
                            operations,
                            forced,
                            "rename directory " + from + " to " + to,
                            null,
                            root -> Files.move(
                                    root.resolve(from), root.resolve(to), StandardCopyOption.REPLACE_EXISTING));
                }
            }
        }
        List<Workload> all = new ArrayList<>();
        operations.forEach((name, operation) -> {
            for (Persistence persistence : Persistence.values()) {
                if (persistence != Persistence.FSYNC || forced.get(name) != null) {
                    all.add(new Workload(
                            name + ", " + persistence.name().toLowerCase(Locale.ROOT),
                            operation,
                            persistence,
                            forced.get(name)));
                }
            }
        });
        return all;
    }

    private static String capitalized(String path) {
        int at = path.lastIndexOf('/') + 1;
        return path.substring(0, at) + Character.toUpperCase(path.charAt(at)) + path.substring(at + 1);
    }

    private static void add(
            Map<String, Operation> operations,
            Map<String, String> forced,
            String name,
            String file,
            Operation operation) {
        operations.put(name, operation);
        forced.put(name, file);
    }

    private static void write(Path file, int position, int size) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(noise(size + 1, size)), position);
        }
    }

    /** Makes a tree. */
    static void make(Path root, Map<String, byte[]> tree) throws IOException {
        for (Map.Entry<String, byte[]> each : tree.entrySet()) {
            if (each.getValue() == null) {
                Files.createDirectory(root.resolve(each.getKey()));
            } else {
                Files.write(root.resolve(each.getKey()), each.getValue());
            }
        }
    }

    /** Whether what was found of a file is what it was before or after the operation, or each byte of it one of the two. */
    static boolean isMixture(byte[] found, byte[] before, byte[] after) {
        int longest = Math.max(before == null ? 0 : before.length, after == null ? 0 : after.length);
        if (found.length > longest) {
            return false;
        }
        for (int i = 0; i < found.length; i++) {
            boolean old = before != null && i < before.length && found[i] == before[i];
            boolean now = after != null && i < after.length && found[i] == after[i];
            if (!old && !now) {
                return false;
            }
        }
        return true;
    }

    /** Whether a path leads to where another one does, by the short name that FAT has beside such a long one. */
    static boolean isShortOf(String path, String longPath) {
        int slash = longPath.lastIndexOf('/') + 1;
        String name = longPath.substring(slash);
        int dot = name.lastIndexOf('.');
        String base =
                (dot < 0 ? name : name.substring(0, dot)).replaceAll("[ .]", "").toUpperCase(Locale.ROOT);
        String start = longPath.substring(0, slash) + base.substring(0, Math.min(6, base.length())) + "~";
        return path.startsWith(start) && path.indexOf('/', slash) < 0;
    }

    static boolean same(byte[] one, byte[] other) {
        return Arrays.equals(one, other);
    }
}
