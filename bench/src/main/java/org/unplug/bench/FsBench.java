package org.unplug.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A file of 256 MiB, and 2,000 small ones of 100 bytes, written, read, listed and deleted on an image in /dev/shm. Run by {@code bench/fs
 * [large|short|long|colliding [ROUNDS [NAME]...]]}.
 *
 * <p>The contenders take turns within each round, so that what else the machine does meets them alike; each has a new image in each
 * round. Rounds before the first that counts let the Java machine compile. What is printed is the median, the least and the most of each
 * step, and the median beside the first contender's.
 *
 * <p>Small files are copied from files of the host and to such, whose opening and making is most of the time; "memory" is creating and
 * reading the same without them, by those that can.
 */
public final class FsBench {
    private static final PrintStream OUT = System.out;
    private static final int LARGE = 256 << 20;
    private static final long IMAGE = 600L << 20;
    private static final int SMALL = 2000;
    private static final int SMALL_BYTES = 100;
    private static final int LARGE_WARMUPS = Integer.getInteger("unplug.bench.warmups", 8);
    private static final int SMALL_WARMUPS = Integer.getInteger("unplug.bench.warmups", 20);

    private final Path folder;
    private final Path source;
    private final Path out;
    private final List<FsContender> contenders;
    private final Map<String, List<Double>> figures = new LinkedHashMap<>();

    /** What is measured. */
    private interface Step {
        void run() throws IOException;
    }

    private FsBench(Path folder, List<FsContender> contenders) throws IOException {
        this.folder = folder;
        this.contenders = contenders;
        source = Files.createDirectory(folder.resolve("source"));
        out = Files.createDirectory(folder.resolve("out"));
    }

    /** Measures what its arguments name. */
    public static void main(String[] arguments) throws IOException {
        String what = arguments.length == 0 ? "large" : arguments[0];
        int rounds = arguments.length < 2 ? 7 : Integer.parseInt(arguments[1]);
        List<String> only = Arrays.asList(arguments).subList(Math.min(2, arguments.length), arguments.length);
        Path folder = Files.createTempDirectory(Path.of("/dev/shm"), "unplug-bench");
        try (FsMount fat32 = new FsMount("fat32", true);
                FsMount fat32ByStreams = new FsMount("fat32", false);
                FsMount exfat = new FsMount("exfat", false)) {
            List<FsContender> all = List.of(
                    fat32,
                    fat32ByStreams,
                    exfat,
                    new FsCopy(),
                    new FsMtools(),
                    new Fat32Lib(false),
                    new Fat32Lib(true));
            FsBench bench = new FsBench(
                    folder,
                    all.stream()
                            .filter(each -> only.isEmpty() || only.contains(each.name()))
                            .filter(each -> what.equals("large") || each.isForSmall())
                            .toList());
            if (what.equals("large")) {
                bench.large(rounds);
            } else {
                bench.small(what, rounds);
            }
            bench.print();
        } finally {
            remove(folder);
        }
    }

    private static void remove(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    private void measure(FsContender who, String what, boolean counts, Step step) throws IOException {
        long began = System.nanoTime();
        step.run();
        double ms = (System.nanoTime() - began) / 1e6;
        if (counts) {
            figures.computeIfAbsent(what + "\t" + who.name(), key -> new ArrayList<>())
                    .add(ms);
        }
    }

    /** An image with nothing on it. */
    private Path newImage() throws IOException {
        Path image = folder.resolve("image");
        Files.deleteIfExists(image);
        try (FileChannel file = FileChannel.open(image, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(new byte[1]), IMAGE - 1);
        }
        return image;
    }

    private void large(int rounds) throws IOException {
        byte[] block = new byte[1 << 20];
        Random random = new Random(1);
        Path large = source.resolve("large");
        try (FileChannel file = FileChannel.open(large, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (int i = 0; i < LARGE; i += block.length) {
                random.nextBytes(block);
                file.write(ByteBuffer.wrap(block));
            }
        }
        for (int round = -LARGE_WARMUPS; round < rounds; round++) {
            boolean counts = round >= 0;
            for (FsContender who : takingPart(counts)) {
                who.begin(newImage());
                Path target = out.resolve("large");
                measure(who, "write", counts, () -> who.writeLarge(large));
                measure(who, "read", counts, () -> who.readLarge("large", target));
                who.end();
                if (Files.mismatch(large, target) >= 0) {
                    throw new IOException(who.name() + " read something else than it wrote");
                }
                Files.delete(target);
            }
        }
    }

    private List<FsContender> takingPart(boolean counts) {
        return contenders.stream().filter(who -> counts || who.warmsUp()).toList();
    }

    private static String name(String kind, int i) {
        return switch (kind) {
            case "short" -> String.format("F%06d.TXT", i);
            case "long" -> i + " is a name of some length.text";
            case "colliding" -> "the same beginning of a long name, number " + i + ".text";
            default ->
                throw new IllegalArgumentException("names of kind " + kind + ": known are short, long, colliding");
        };
    }

    private void small(String kind, int rounds) throws IOException {
        List<String> names =
                IntStream.range(0, SMALL).mapToObj(i -> name(kind, i)).toList();
        byte[] content = new byte[SMALL_BYTES];
        new Random(1).nextBytes(content);
        for (String name : names) {
            Files.write(source.resolve(name), content);
        }
        for (int round = -SMALL_WARMUPS; round < rounds; round++) {
            boolean counts = round >= 0;
            for (FsContender who : takingPart(counts)) {
                who.begin(newImage());
                measure(who, "create", counts, () -> who.create(source, names));
                measure(who, "list", counts, () -> expect(who, names.size(), who.list(names.size())));
                measure(who, "read", counts, () -> who.read(names, out));
                measure(who, "delete", counts, () -> who.delete(names));
                expect(who, 0, who.list(0));
                who.end();
                for (String name : names) {
                    Path read = out.resolve(name);
                    expect(who, content.length, (int) Files.size(read));
                    Files.delete(read);
                }
                if (who.isOfMemory()) {
                    ofMemory(who, names, content, counts);
                }
            }
        }
    }

    /** As the steps before, but no file of the host is opened or made: what is left is the file system on the image. */
    private void ofMemory(FsContender who, List<String> names, byte[] content, boolean counts) throws IOException {
        who.begin(newImage());
        measure(who, "create, memory", counts, () -> who.createOf(content, names));
        int all = names.size() * content.length;
        measure(who, "read, memory", counts, () -> expect(who, all, (int) who.readAll(names)));
        who.delete(names);
        who.end();
    }

    private static void expect(FsContender who, int expected, int found) throws IOException {
        if (found != expected) {
            throw new IOException(who.name() + " has " + found + " of " + expected);
        }
    }

    private void print() {
        Map<String, Double> first = new LinkedHashMap<>();
        figures.forEach((key, values) -> {
            double[] sorted =
                    values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
            double median = sorted[sorted.length / 2];
            String step = key.substring(0, key.indexOf('\t'));
            first.putIfAbsent(step, median);
            OUT.println(String.format(
                    Locale.ROOT,
                    "%-16s%-28s%9.1f ms (%.1f to %.1f)%8.2f x",
                    step,
                    key.substring(key.indexOf('\t') + 1),
                    median,
                    sorted[0],
                    sorted[sorted.length - 1],
                    median / first.get(step)));
        });
    }
}
