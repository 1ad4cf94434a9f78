package org.unplug.fs.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unplug.fs.DiskGoneException;

/**
 * A card that is pulled again and again under load, while it performs requests in any order, and is used on without a repair: no name
 * leads to a free cluster, no cluster has two owners, and what was forced and not changed since is there.
 */
class CutTest {
    private static final int ROUNDS = Integer.getInteger("unplug.cut.rounds", 20);
    private static final int THREADS = 4;
    private static final int MOST_BYTES = 60_000;
    private static final String[] NAMES = {
        "A",
        "b.txt",
        "Mixed Case Name.text",
        "a rather long name that takes several entries of its directory.data",
        "x.y.z",
        "log"
    };

    /** What must be found, under one of these names. */
    private record Forced(byte[] content, Set<String> paths) {}

    private Rig rig;
    private String type;
    private int twins;
    private int forcedChecked;
    private int operations;

    @ParameterizedTest
    @CsvSource({"fat16, 20, 1", "fat32, 40, 2", "fat16, 20, 3", "fat32, 40, 4", "exfat, 20, 5"})
    void cutAgainAndAgain_leavesLostClustersAtMost(String givenType, int mib, long givenSeed) throws Exception {
        type = givenType;
        long seed = givenSeed + Long.getLong("unplug.cut.seed", 0L);
        Random random = new Random(seed);
        rig = Rig.formatted(type, new FakeDisk("fake0", (long) mib << 20), 1 << 20);
        try {
            List<Forced> forced = new ArrayList<>();
            for (int round = 0; round < ROUNDS; round++) {
                String at = "seed " + seed + " " + type + " round " + round;
                forced = round(random, forced, at);
            }
        } finally {
            rig.close();
        }
        System.out.println("cut: " + type + " seed " + seed + ": " + ROUNDS + " rounds, " + operations + " operations, "
                + forcedChecked + " forced files found, " + twins + " cuts of a rename");
        assertTrue(forcedChecked > ROUNDS && operations > ROUNDS * 10, "the load did nothing: " + forcedChecked);
    }

    private List<Forced> round(Random random, List<Forced> forced, String at) throws Exception {
        rig.mount();
        assertFalse(Remains.judge(type, rig.disk.bytes, at + " after mounting"), at + ": two names after mounting");
        Map<String, byte[]> found = readAll(at);
        for (Forced one : forced) {
            boolean there = one.paths().stream().anyMatch(path -> Arrays.equals(one.content(), found.get(path)));
            assertTrue(
                    there,
                    () -> at + ": what was forced is not there: " + one.paths() + " of " + one.content().length
                            + " bytes; found "
                            + one.paths().stream()
                                    .map(path -> found.get(path) == null ? "none" : "" + found.get(path).length)
                                    .toList());
            forcedChecked++;
        }
        List<Load> loads = new ArrayList<>();
        CountDownLatch over = new CountDownLatch(THREADS);
        for (int i = 0; i < THREADS; i++) {
            loads.add(new Load("/t" + i, random.nextLong(), found, over));
        }
        rig.disk.hold(bio -> true);
        for (Load load : loads) {
            Thread thread = new Thread(load, "load" + load.home);
            thread.setDaemon(true);
            thread.start();
        }
        rig.disk.performAtRandomThenYank(random, 20 + random.nextInt(400));
        assertTrue(over.await(20, TimeUnit.SECONDS), at + ": the load did not end");
        List<Forced> all = new ArrayList<>();
        for (Load load : loads) {
            if (load.failure.get() != null) {
                throw new AssertionError(at + ": " + rig.log, load.failure.get());
            }
            all.addAll(load.forced.values());
            operations += load.done;
        }
        rig.unmount();
        rig.disk = rig.disk.again();
        boolean renaming = Remains.judge(type, rig.disk.bytes, at);
        twins += renaming ? 1 : 0;
        if (!renaming) {
            assertEquals(List.of(), rig.table.check(rig.disk.name, false).damage(), at);
        }
        return all;
    }

    private Map<String, byte[]> readAll(String at) throws IOException {
        Map<String, byte[]> found = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        try (Stream<Path> walk = Files.walk(rig.path("/"))) {
            for (Path path : walk.toList()) {
                if (!Files.isDirectory(path)) {
                    found.put(path.toString(), Files.readAllBytes(path));
                }
            }
        } catch (IOException | java.io.UncheckedIOException damaged) {
            throw new AssertionError(at + ": cannot be read", damaged);
        }
        return found;
    }

    /** One thread's files, below a directory of its own. */
    private final class Load implements Runnable {
        final String home;
        final Map<String, Forced> forced = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        int done;
        private final Map<String, byte[]> files = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        private final Random random;
        private final CountDownLatch over;

        Load(String home, long seed, Map<String, byte[]> found, CountDownLatch over) {
            this.home = home;
            this.over = over;
            random = new Random(seed);
            found.forEach((path, content) -> {
                if (path.startsWith(home + "/")) {
                    files.put(path, content);
                    forced.put(path, new Forced(content, Set.of(path)));
                }
            });
        }

        @Override
        public void run() {
            try {
                for (String directory : List.of(home, home + "/one", home + "/Two is longer")) {
                    if (!Files.isDirectory(rig.path(directory))) {
                        Files.createDirectory(rig.path(directory));
                    }
                }
                while (true) {
                    step();
                    done++;
                }
            } catch (DiskGoneException expected) {
                // The round is over.
            } catch (Throwable wrong) {
                failure.set(wrong);
            } finally {
                over.countDown();
            }
        }

        private String name() {
            String[] places = {home, home + "/one", home + "/Two is longer"};
            return places[random.nextInt(3)] + "/" + NAMES[random.nextInt(NAMES.length)];
        }

        private String pick() {
            return files.isEmpty() ? null : new ArrayList<>(files.keySet()).get(random.nextInt(files.size()));
        }

        private void step() throws IOException {
            String path = pick();
            switch (random.nextInt(12)) {
                case 0, 1, 2 -> write(name(), 0, true);
                case 3, 4 -> {
                    if (path != null) {
                        write(path, files.get(path).length, false);
                    }
                }
                case 5 -> {
                    if (path != null) {
                        write(path, random.nextInt(files.get(path).length + 1), false);
                    }
                }
                case 6, 7 -> truncate(path);
                case 8 -> delete(path);
                case 9, 10 -> rename(path, name());
                default -> force(path);
            }
        }

        private void write(String path, int position, boolean whole) throws IOException {
            byte[] before = whole || !files.containsKey(path) ? new byte[0] : files.get(path);
            byte[] bytes = new byte[1 + random.nextInt(random.nextInt(4) == 0 ? MOST_BYTES / 2 : 5000)];
            random.nextBytes(bytes);
            forced.remove(path);
            try (FileChannel channel = FileChannel.open(
                    rig.path(path),
                    StandardOpenOption.WRITE,
                    StandardOpenOption.CREATE,
                    whole ? StandardOpenOption.TRUNCATE_EXISTING : StandardOpenOption.CREATE)) {
                ByteBuffer buffer = ByteBuffer.wrap(bytes);
                while (buffer.hasRemaining()) {
                    channel.write(buffer, position + buffer.position());
                }
                byte[] after = Arrays.copyOf(before, Math.max(before.length, position + bytes.length));
                System.arraycopy(bytes, 0, after, position, bytes.length);
                files.put(path, after);
                if (random.nextInt(6) == 0) {
                    channel.force(true);
                    forced.put(path, new Forced(after, Set.of(path)));
                }
            } catch (DiskGoneException gone) {
                throw gone;
            } catch (FileSystemException full) {
                if (!String.valueOf(full.getReason()).contains("no space")) {
                    throw full;
                }
                Files.delete(rig.path(path));
                files.remove(path);
            }
        }

        private void truncate(String path) throws IOException {
            if (path != null) {
                int size = random.nextInt(files.get(path).length + 1);
                forced.remove(path);
                try (FileChannel channel = FileChannel.open(rig.path(path), StandardOpenOption.WRITE)) {
                    channel.truncate(size);
                }
                files.put(path, Arrays.copyOf(files.get(path), size));
                if (random.nextBoolean()) {
                    write(path, size, false);
                }
            }
        }

        private void delete(String path) throws IOException {
            if (path != null) {
                forced.remove(path);
                Files.delete(rig.path(path));
                files.remove(path);
            }
        }

        private void rename(String from, String to) throws IOException {
            if (from == null || from.equals(to) || files.get(to) != null && random.nextBoolean()) {
                return;
            }
            Forced moving = forced.remove(from);
            forced.remove(to);
            if (moving != null) {
                Set<String> paths = new LinkedHashSet<>(moving.paths());
                paths.add(to);
                moving = new Forced(moving.content(), paths);
                forced.put(to, moving);
            }
            Files.move(rig.path(from), rig.path(to), StandardCopyOption.REPLACE_EXISTING);
            files.put(to, files.remove(from));
        }

        private void force(String path) throws IOException {
            if (path != null) {
                try (FileChannel channel = FileChannel.open(rig.path(path), StandardOpenOption.WRITE)) {
                    channel.force(true);
                }
                forced.put(path, new Forced(files.get(path), Set.of(path)));
            }
        }
    }
}
