package org.unplug.fs.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Random operations give what the same operations give on a map of byte arrays; fsck.fat has nothing to say afterwards. */
class RandomOperationsTest {
    private static final int STEPS = 1500;
    private static final int MOST_BYTES = 200_000;
    private static final String[] NAMES = {
        "A",
        "b.txt",
        "Mixed Case Name.text",
        "ÄÖÜ.äöü",
        "日本語のファイル",
        "longer name number one.c",
        "longer name number two.c",
        "x.y.z",
        ".hidden",
        "no extension at all and rather long to take several entries in the directory"
    };

    /** Directories have null. */
    private final Map<String, byte[]> model = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

    private Random random;
    private Rig rig;

    @ParameterizedTest
    @CsvSource({
        "fat12, 3, 512, 11",
        "fat16, 20, 512, 12",
        "fat32, 40, 512, 13",
        "fat32, 280, 4096, 14",
        "fat16, 20, 512, 15",
        "exfat, 20, 512, 16",
        "exfat, 4, 512, 17",
        "exfat, 40, 4096, 18"
    })
    void sequence_equalsTheModel(String type, int mib, int sector, long seed) throws IOException {
        String context = "seed " + seed + " on " + type;
        random = new Random(seed);
        FakeDisk disk = new FakeDisk("fake0", new byte[mib << 20], sector, false);
        rig = Rig.formatted(type, disk, 1 << 20);
        try {
            rig.mount();
            for (int step = 0; step < STEPS; step++) {
                String at = context + " step " + step;
                try {
                    step(at);
                } catch (FileSystemException full) {
                    assertTrue(String.valueOf(full.getReason()).contains("no space"), at + ": " + full);
                }
                if (step % 300 == 299) {
                    assertTrue(rig.unmount().clean(), at);
                    Peers.check(disk, at);
                    rig.mount();
                    compare(at);
                }
            }
        } finally {
            rig.close();
        }
        Peers.check(disk, context);
    }

    private String pick(boolean directory) {
        List<String> all = new ArrayList<>(directory ? List.of("") : List.of());
        model.forEach((path, content) -> {
            if ((content == null) == directory) {
                all.add(path);
            }
        });
        return all.isEmpty() ? null : all.get(random.nextInt(all.size()));
    }

    private String newPath() {
        String directory = pick(true);
        while (directory.chars().filter(c -> c == '/').count() > 4) {
            directory = directory.substring(0, directory.lastIndexOf('/'));
        }
        return directory + "/" + NAMES[random.nextInt(NAMES.length)];
    }

    private byte[] noise() {
        byte[] bytes = new byte[random.nextInt(random.nextInt(4) == 0 ? MOST_BYTES / 4 : 2000)];
        random.nextBytes(bytes);
        return bytes;
    }

    private void step(String at) throws IOException {
        switch (random.nextInt(10)) {
            case 0 -> {
                String path = newPath();
                if (!model.containsKey(path)) {
                    Files.createDirectory(rig.path(path));
                    model.put(path, null);
                }
            }
            case 1, 2 -> {
                String path = newPath();
                if (!model.containsKey(path) || model.get(path) != null) {
                    byte[] content = noise();
                    write(path, 0, content, true);
                }
            }
            case 3, 4 -> {
                String path = pick(false);
                if (path != null) {
                    int size = model.get(path).length;
                    int position = Math.min(
                            MOST_BYTES,
                            random.nextInt(3) == 0 ? size + random.nextInt(5000) : random.nextInt(size + 1));
                    write(path, position, noise(), false);
                }
            }
            case 5 -> truncate(pick(false));
            case 6 -> delete(pick(random.nextInt(4) == 0));
            case 7 -> rename(pick(random.nextInt(3) == 0), newPath());
            case 8 -> {
                String path = pick(false);
                if (path != null) {
                    assertArrayEquals(model.get(path), Files.readAllBytes(rig.path(path)), at + " " + path);
                }
            }
            default -> rig.table.sync();
        }
    }

    private void write(String path, int position, byte[] bytes, boolean whole) throws IOException {
        byte[] before = whole || !model.containsKey(path) ? new byte[0] : model.get(path);
        try (FileChannel channel = FileChannel.open(
                rig.path(path),
                StandardOpenOption.WRITE,
                StandardOpenOption.CREATE,
                whole ? StandardOpenOption.TRUNCATE_EXISTING : StandardOpenOption.CREATE)) {
            model.put(path, before);
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            int written = 0;
            try {
                while (buffer.hasRemaining()) {
                    written += channel.write(buffer, position + written);
                }
            } finally {
                if (written > 0) {
                    byte[] after = Arrays.copyOf(before, Math.max(before.length, position + written));
                    System.arraycopy(bytes, 0, after, position, written);
                    model.put(path, after);
                }
            }
        }
    }

    private void truncate(String path) throws IOException {
        if (path != null) {
            byte[] before = model.get(path);
            int size = random.nextInt(before.length + 1);
            try (FileChannel channel = FileChannel.open(rig.path(path), StandardOpenOption.WRITE)) {
                channel.truncate(size);
            }
            model.put(path, Arrays.copyOf(before, size));
        }
    }

    private boolean hasChildren(String path) {
        return model.keySet().stream().anyMatch(other -> under(other, path));
    }

    private static boolean under(String path, String directory) {
        return path.length() > directory.length() + 1
                && path.regionMatches(true, 0, directory + "/", 0, directory.length() + 1);
    }

    private void delete(String path) throws IOException {
        if (path != null && !path.isEmpty() && !hasChildren(path)) {
            Files.delete(rig.path(path));
            model.remove(path);
        }
    }

    private void rename(String from, String to) throws IOException {
        if (from == null || from.isEmpty() || under(to, from) || from.equalsIgnoreCase(to)) {
            return;
        }
        boolean directory = model.get(from) == null;
        boolean there = model.containsKey(to);
        if (there && (hasChildren(to) || (model.get(to) == null) != directory)) {
            return;
        }
        Files.move(rig.path(from), rig.path(to), StandardCopyOption.REPLACE_EXISTING);
        Map<String, byte[]> moved = new TreeMap<>();
        model.remove(to);
        model.forEach((path, content) -> {
            if (path.equalsIgnoreCase(from) || under(path, from)) {
                moved.put(path, content);
            }
        });
        moved.keySet().forEach(model::remove);
        moved.forEach((path, content) -> model.put(to + path.substring(from.length()), content));
    }

    private void compare(String at) throws IOException {
        Map<String, byte[]> found = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        try (Stream<Path> walk = Files.walk(rig.path("/"))) {
            for (Path path : walk.toList()) {
                if (path.getNameCount() > 0) {
                    found.put(path.toString(), Files.isDirectory(path) ? null : Files.readAllBytes(path));
                }
            }
        }
        assertEquals(model.keySet(), found.keySet(), at);
        model.forEach((path, content) -> assertArrayEquals(content, found.get(path), at + " " + path));
    }
}
