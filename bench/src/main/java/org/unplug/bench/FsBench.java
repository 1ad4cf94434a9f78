package org.unplug.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.unplug.block.BlockStatus;
import org.unplug.block.Removal;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.block.internal.genhd.Owner;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.Request;
import org.unplug.fs.FormatOptions;
import org.unplug.fs.Mount;
import org.unplug.fs.MountOptions;
import org.unplug.fs.MountTable;
import org.unplug.fs.internal.exfat.Exfat;
import org.unplug.fs.internal.fat.Vfat;
import org.unplug.fs.internal.mount.Mounts;
import org.unplug.fs.internal.mount.Patience;
import org.unplug.ref.SystemClockwork;

/**
 * A file of 256 MiB and 2,000 small ones, written, read, listed and deleted on an image in /dev/shm: through a mount over the block
 * layer and a driver of one FileChannel, unmounted orderly within the measured time; by mtools, a process for each step; by fat32-lib; and, for the
 * large file, by a plain copy of as many bytes between two files, which is the yardstick. Figures are ratios within one run.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3)
@Measurement(iterations = 5)
public class FsBench {
    private static final int LARGE = 256 << 20;
    private static final int IMAGE = 600 << 20;
    private static final int SMALL = 2000;

    @Param({"unplug", "exfat", "mtools", "fat32lib", "raw"})
    String who;

    @Param({"short", "long", "colliding"})
    String names;

    private final BenchLayer layer = new BenchLayer();
    private final SystemClockwork clockwork = layer.clockwork();
    private Path folder;
    private Path image;
    private Path large;
    private Path small;
    private Path out;

    /** An image file as a disk; completes on the submitter's thread. */
    private static final class FileDriver implements DiskDriver {
        private final FileChannel file;

        FileDriver(FileChannel file) {
            this.file = file;
        }

        @Override
        public boolean queueRequest(Request request) {
            try {
                long at = request.sector() * 512;
                for (int i = 0; i < request.segmentCount() && request.op().hasData(); i++) {
                    ByteBuffer part = request.segment(i).duplicate();
                    while (part.hasRemaining()) {
                        at += switch (request.op()) {
                            case READ -> file.read(part, at);
                            default -> file.write(part, at);
                        };
                    }
                }
                request.complete(BlockStatus.OK);
            } catch (IOException e) {
                request.complete(BlockStatus.IOERR);
            }
            return true;
        }
    }

    /** What is done with a mount. */
    private interface Work {
        void on(Path root) throws IOException;
    }

    private void mounted(boolean format, Work work) throws IOException {
        try (FileChannel file = FileChannel.open(image, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            Owner owner = layer.owner();
            Gendisk disk = layer.table().add(owner, DiskSpec.of("img", IMAGE / 512), new FileDriver(file));
            InstantSource clock = InstantSource.system();
            try (Mounts table = new Mounts(
                    (name, epoch, holder, mode) -> disk.open(owner, holder, mode),
                    Patience.none(),
                    () -> List.of(new Vfat(clock, ZoneId.systemDefault()), new Exfat(clock, ZoneId.systemDefault())),
                    clockwork,
                    Mounts.Settings.DEFAULT,
                    new Mounts.Listener() {
                        @Override
                        public void mounted(Mount mount) {}

                        @Override
                        public void leaving(Mount mount) {}
                    },
                    line -> {})) {
                if (format) {
                    table.format(disk.info().name(), FormatOptions.of(who.equals("exfat") ? "exfat" : "fat32"));
                }
                FileSystem fileSystem = table.mount(disk.info().name(), "/m", MountTable.AUTO, MountOptions.DEFAULT)
                        .fileSystem();
                work.on(fileSystem.getPath("/"));
                if (!table.unmount("/m").clean()) {
                    throw new IOException("not clean");
                }
            }
            disk.remove(Removal.ORDERLY);
        }
    }

    @Setup(Level.Trial)
    public void make() throws IOException {
        folder = Files.createTempDirectory(Path.of("/dev/shm"), "unplug-bench");
        image = folder.resolve("image");
        large = folder.resolve("large");
        out = Files.createDirectory(folder.resolve("out"));
        small = Files.createDirectory(folder.resolve("small"));
        byte[] block = new byte[1 << 20];
        new Random(1).nextBytes(block);
        try (FileChannel file = FileChannel.open(large, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (int i = 0; i < LARGE; i += block.length) {
                file.write(ByteBuffer.wrap(block));
            }
        }
        for (int i = 0; i < SMALL; i++) {
            Files.write(small.resolve(name(i)), Arrays.copyOf(block, 100));
        }
    }

    private String name(int i) {
        return switch (names) {
            case "short" -> String.format("F%06d.TXT", i);
            case "long" -> i + " is a name of some length.text";
            default -> "the same beginning of a long name, number " + i + ".text";
        };
    }

    /** A new file system; for what reads, with the files on it. */
    private void fill(boolean withLarge, boolean withSmall) throws IOException {
        if (who.equals("raw") && withLarge) {
            Files.copy(large, image, StandardCopyOption.REPLACE_EXISTING);
            return;
        }
        Files.deleteIfExists(image);
        try (FileChannel file = FileChannel.open(image, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(new byte[1]), IMAGE - 1);
        }
        if (who.equals("raw")) {
            return;
        }
        if (who.equals("fat32lib")) {
            Fat32Lib lib = lib();
            lib.format(IMAGE);
            lib.mounted(root -> {
                if (withLarge) {
                    Fat32Lib.copyIn(large, root, "large");
                }
                if (withSmall) {
                    Fat32Lib.copyAllIn(small, root, allNames());
                }
            });
            return;
        }
        mounted(true, root -> {
            if (withLarge) {
                Files.copy(large, root.resolve("large"));
            }
            if (withSmall) {
                for (int i = 0; i < SMALL; i++) {
                    Files.copy(small.resolve(name(i)), root.resolve(name(i)));
                }
            }
        });
    }

    private Fat32Lib lib() {
        return new Fat32Lib(image);
    }

    private List<String> allNames() {
        return IntStream.range(0, SMALL).mapToObj(this::name).toList();
    }

    @TearDown(Level.Trial)
    public void remove() throws IOException {
        layer.close();
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    private void mtools(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("MTOOLS_SKIP_CHECK", "1");
        Process process =
                builder.redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        try {
            if (process.waitFor() != 0) {
                throw new IOException(command.get(0) + " failed");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    private String[] withSmallFiles(String... before) {
        List<String> all = new ArrayList<>(List.of(before));
        try (Stream<Path> files = Files.list(small)) {
            files.map(Path::toString).forEach(all::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        all.add("::/");
        return all.toArray(String[]::new);
    }

    private static void copyRaw(Path from, Path to) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
        try (FileChannel in = FileChannel.open(from);
                FileChannel target = FileChannel.open(to, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            while (in.read(buffer.clear()) >= 0) {
                buffer.flip();
                while (buffer.hasRemaining()) {
                    target.write(buffer);
                }
            }
        }
    }

    /** What each benchmark finds: an empty image, or one with the files that it reads. */
    @Setup(Level.Invocation)
    public void fill(BenchmarkParams benchmark) throws IOException {
        String name = benchmark.getBenchmark();
        boolean creates = name.endsWith("Write") || name.endsWith("Create");
        boolean isLarge = name.contains("large");
        try (Stream<Path> files = Files.list(out)) {
            for (Path each : files.toList()) {
                Files.delete(each);
            }
        }
        fill(!creates && isLarge, !creates && !isLarge);
    }

    @Benchmark
    public void largeWrite() throws IOException {
        switch (who) {
            case "raw" -> copyRaw(large, image);
            case "mtools" -> mtools("mcopy", "-i", image.toString(), large.toString(), "::/large");
            case "fat32lib" -> lib().mounted(root -> Fat32Lib.copyIn(large, root, "large"));
            default -> mounted(false, root -> Files.copy(large, root.resolve("large")));
        }
    }

    @Benchmark
    public void largeRead() throws IOException {
        Path target = out.resolve("large");
        switch (who) {
            case "raw" -> copyRaw(image, target);
            case "mtools" -> mtools("mcopy", "-i", image.toString(), "::/large", target.toString());
            case "fat32lib" -> lib().mounted(root -> Fat32Lib.copyOut(root, "large", target));
            default ->
                mounted(false, root -> Files.copy(root.resolve("large"), target, StandardCopyOption.REPLACE_EXISTING));
        }
    }

    @Benchmark
    public void smallCreate() throws IOException {
        if (who.equals("mtools")) {
            mtools(withSmallFiles("mcopy", "-i", image.toString()));
        } else if (who.equals("fat32lib")) {
            lib().mounted(root -> Fat32Lib.copyAllIn(small, root, allNames()));
        } else if (!who.equals("raw")) {
            mounted(false, root -> {
                for (int i = 0; i < SMALL; i++) {
                    Files.copy(small.resolve(name(i)), root.resolve(name(i)));
                }
            });
        }
    }

    @Benchmark
    public long smallList() throws IOException {
        long[] count = {0};
        if (who.equals("mtools")) {
            mtools("mdir", "-b", "-i", image.toString(), "::/");
        } else if (who.equals("fat32lib")) {
            lib().mounted(root -> count[0] = Fat32Lib.names(root).size());
        } else if (!who.equals("raw")) {
            mounted(false, root -> {
                try (Stream<Path> all = Files.list(root)) {
                    count[0] = all.count();
                }
            });
        }
        return count[0];
    }

    @Benchmark
    public void smallRead() throws IOException {
        if (who.equals("mtools")) {
            mtools("mcopy", "-n", "-i", image.toString(), "::/*", out.toString());
        } else if (who.equals("fat32lib")) {
            lib().mounted(root -> Fat32Lib.copyAllOut(root, allNames(), out));
        } else if (!who.equals("raw")) {
            mounted(false, root -> {
                for (int i = 0; i < SMALL; i++) {
                    Files.copy(root.resolve(name(i)), out.resolve(name(i)));
                }
            });
        }
    }

    @Benchmark
    public void smallDelete() throws IOException {
        if (who.equals("mtools")) {
            mtools("mdel", "-i", image.toString(), "::/*");
        } else if (who.equals("fat32lib")) {
            lib().mounted(root -> {
                for (String name : allNames()) {
                    root.remove(name);
                }
            });
        } else if (!who.equals("raw")) {
            mounted(false, root -> {
                for (int i = 0; i < SMALL; i++) {
                    Files.delete(root.resolve(name(i)));
                }
            });
        }
    }
}
