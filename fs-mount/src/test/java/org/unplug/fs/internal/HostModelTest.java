package org.unplug.fs.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Random sequences of operations give on a mount what they give on the host's file system: the same result or the same kind of
 * exception at each step, and the same tree in the end. A sequence that does not is made shorter until each step of it is needed.
 */
class HostModelTest {
    private static final int SEQUENCES = Integer.getInteger("unplug.model.sequences", 6);
    private static final int STEPS = 300;
    private static final String[] NAMES = {"a", "b.txt", "Long Name With Blanks.data", "ünïcode 日本", "d"};

    @TempDir
    Path host;

    private int made;

    /** One operation; applied to a root it gives what can be compared. */
    record Step(int kind, String path, String other, int number, int seed) {

        Object on(Path root) {
            boolean cannotBe = isBeneathAFile(root, path) || isBeneathAFile(root, other);
            try {
                return run(root);
            } catch (IOException failure) {
                // What the host says of a path that leads through a file differs from one JDK to another.
                boolean exact = !cannotBe
                        && (failure instanceof NoSuchFileException
                                || failure instanceof FileAlreadyExistsException
                                || failure instanceof DirectoryNotEmptyException);
                return exact ? failure.getClass().getSimpleName() : "an error";
            } catch (IllegalArgumentException | UnsupportedOperationException mistake) {
                return mistake.getClass().getSimpleName();
            }
        }

        private byte[] noise(int length) {
            byte[] bytes = new byte[length];
            new Random(seed).nextBytes(bytes);
            return bytes;
        }

        private Object run(Path root) throws IOException {
            Path file = root.resolve(path);
            Path target = root.resolve(other);
            return switch (kind) {
                case 0 -> Files.exists(Files.createDirectory(file));
                case 1 -> Files.exists(Files.createDirectories(file));
                case 2, 3 -> Files.exists(Files.write(file, noise(number)));
                case 4 ->
                    Files.exists(
                            Files.write(file, noise(number), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
                case 5 -> Files.exists(Files.write(file, noise(number), StandardOpenOption.APPEND));
                case 6, 7 -> {
                    Files.delete(file);
                    yield "deleted";
                }
                case 8 -> Files.deleteIfExists(file);
                case 9, 10 ->
                    target.startsWith(file) && !target.equals(file)
                            // Where it replaces, the JDK's move on Linux first deletes the target, then finds that it
                            // cannot move.
                            ? "into itself"
                            : kind == 9
                                    ? name(Files.move(file, target))
                                    : name(Files.move(file, target, StandardCopyOption.REPLACE_EXISTING));
                case 11 -> name(Files.copy(file, target));
                case 12 -> name(Files.copy(file, target, new CopyOption[] {StandardCopyOption.REPLACE_EXISTING}));
                case 13 -> Files.isDirectory(file) ? "a directory" : Arrays.hashCode(Files.readAllBytes(file));
                case 14 -> list(file);
                case 15 -> channel(file);
                case 16 -> Files.exists(file) + " " + Files.isDirectory(file) + " " + Files.isRegularFile(file);
                default -> Files.isDirectory(file) ? "a directory" : Files.size(file);
            };
        }

        private static boolean isBeneathAFile(Path root, String path) {
            Path above = Path.of(path).getParent();
            while (above != null && !Files.isRegularFile(root.resolve(above.toString()))) {
                above = above.getParent();
            }
            return above != null;
        }

        private static String name(Path path) {
            return path.getFileName().toString();
        }

        private static Object list(Path directory) throws IOException {
            try (Stream<Path> entries = Files.list(directory)) {
                return entries.map(Step::name).sorted().toList();
            }
        }

        /** Writes past the end, cuts, reads back. */
        private Object channel(Path file) throws IOException {
            OpenOption[] options = {StandardOpenOption.READ, StandardOpenOption.WRITE};
            try (FileChannel channel = FileChannel.open(file, Set.of(options))) {
                channel.position(number);
                int written = channel.write(ByteBuffer.wrap(noise(number % 700)));
                channel.truncate(number + number % 300);
                ByteBuffer all = ByteBuffer.allocate((int) channel.size());
                while (all.hasRemaining() && channel.read(all, all.position()) >= 0) {
                    // Until it is full.
                }
                return written + " " + channel.position() + " " + channel.size() + " " + Arrays.hashCode(all.array());
            }
        }

        static Step random(Random random) {
            return new Step(random.nextInt(18), path(random), path(random), random.nextInt(6000), random.nextInt());
        }

        private static String path(Random random) {
            StringBuilder path = new StringBuilder(NAMES[random.nextInt(NAMES.length)]);
            for (int depth = random.nextInt(3); depth > 0; depth--) {
                path.append('/').append(NAMES[random.nextInt(NAMES.length)]);
            }
            return path.toString();
        }
    }

    @ParameterizedTest
    @CsvSource({"fat16, 20, 100", "fat32, 40, 200", "fat12, 6, 300", "exfat, 20, 400"})
    void anySequence_givesWhatTheHostGives(String type, int mib, long givenSeed) throws IOException {
        for (int i = 0; i < SEQUENCES; i++) {
            long seed = givenSeed + i + Long.getLong("unplug.model.seed", 0L);
            List<Step> steps = new Random(seed)
                    .ints(STEPS)
                    .mapToObj(n -> Step.random(new Random(n)))
                    .toList();
            String wrong = compare(type, mib, steps);
            if (wrong != null) {
                List<Step> least = shrink(type, mib, steps);
                fail("seed " + seed + " on " + type + ": " + compare(type, mib, least) + " after " + least);
            }
        }
    }

    /** What differs, or null. */
    private String compare(String type, int mib, List<Step> steps) throws IOException {
        Path model = Files.createDirectory(host.resolve("model" + made++));
        try (Rig rig = Rig.formatted(type, (long) mib << 20)) {
            FileSystem mount = rig.fileSystem();
            Path root = mount.getPath("/");
            for (Step step : steps) {
                Object expected = step.on(model);
                Object got = step.on(root);
                if (!expected.equals(got)) {
                    return step + " gave " + got + " instead of " + expected;
                }
            }
            assertTrue(rig.unmount().clean());
            Peers.check(rig.disk, "after " + steps.size() + " steps");
            Map<String, Object> found = tree(rig.fileSystem().getPath("/"));
            Map<String, Object> wanted = tree(model);
            return found.equals(wanted) ? null : "the tree " + found + " instead of " + wanted;
        } finally {
            try (Stream<Path> all = Files.walk(model)) {
                for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(each);
                }
            }
        }
    }

    private static Map<String, Object> tree(Path root) throws IOException {
        Map<String, Object> tree = new TreeMap<>();
        try (Stream<Path> all = Files.walk(root)) {
            for (Path each : all.toList()) {
                tree.put(
                        root.relativize(each).toString(),
                        Files.isDirectory(each) ? "directory" : Arrays.hashCode(Files.readAllBytes(each)));
            }
        }
        return tree;
    }

    /** What fails. */
    private interface Failing {
        boolean with(List<Step> steps) throws IOException;
    }

    private List<Step> shrink(String type, int mib, List<Step> steps) throws IOException {
        return shrink(steps, fewer -> compare(type, mib, fewer) != null);
    }

    private static List<Step> shrink(List<Step> steps, Failing failing) throws IOException {
        List<Step> least = steps;
        for (int size = least.size() / 2; size > 0; size /= 2) {
            for (int from = 0; from + size <= least.size(); ) {
                List<Step> fewer = new ArrayList<>(least.subList(0, from));
                fewer.addAll(least.subList(from + size, least.size()));
                if (failing.with(fewer)) {
                    least = fewer;
                } else {
                    from += size;
                }
            }
        }
        return least;
    }

    @Test
    void shrinking_leavesOnlyTheStepsThatAreNeeded() throws IOException {
        List<Step> steps = new Random(1)
                .ints(STEPS)
                .mapToObj(n -> Step.random(new Random(n)))
                .toList();
        Step one = steps.get(41);
        Step other = steps.get(277);
        assertEquals(List.of(one, other), shrink(steps, fewer -> fewer.contains(one) && fewer.contains(other)));
    }
}
