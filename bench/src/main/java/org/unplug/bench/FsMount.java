package org.unplug.bench;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import java.util.stream.Stream;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.driver.loop.LoopImage;
import org.unplug.fs.FormatOptions;
import org.unplug.fs.MountOptions;
import org.unplug.fs.MountTable;
import org.unplug.fs.internal.exfat.Exfat;
import org.unplug.fs.internal.fat.Vfat;
import org.unplug.fs.internal.mount.Mounts;
import org.unplug.fs.internal.mount.Patience;

/**
 * A mount over the block layer and the loop driver. The mount table is there all the time and the disk is attached before a step begins, as
 * in a framework that runs; each step is a mount, what is done with it, and an orderly unmount.
 */
final class FsMount implements FsContender, AutoCloseable {
    private final String type;
    private final boolean inPieces;
    private final BenchLayer layer = new BenchLayer();
    private final Mounts table;
    private LoopImage image;

    /** What is done with a mount. */
    private interface Work {
        void on(Path root) throws IOException;
    }

    /** @param inPieces whether a large file is copied by channels, in pieces of 1 MiB; otherwise by Files.copy */
    FsMount(String type, boolean inPieces) {
        this.type = type;
        this.inPieces = inPieces;
        InstantSource clock = InstantSource.system();
        table = new Mounts(
                (name, epoch, holder, mode) -> image.disk().open(layer.owner(), holder, mode),
                Patience.none(),
                () -> List.of(new Vfat(clock, ZoneId.systemDefault()), new Exfat(clock, ZoneId.systemDefault())),
                layer.clockwork(),
                Mounts.Settings.DEFAULT,
                Mounts.Listener.none(),
                line -> {
                    throw new IllegalStateException(line);
                });
    }

    @Override
    public String name() {
        return type + (inPieces ? ", channels" : ", Files.copy");
    }

    @Override
    public void begin(Path file) throws IOException {
        image = new LoopImage(layer, file);
        table.format(disk().info().name(), FormatOptions.of(type));
    }

    @Override
    public void end() {
        image.close();
    }

    private Gendisk disk() {
        return image.disk();
    }

    private void mounted(Work work) throws IOException {
        FileSystem fileSystem = table.mount(disk().info().name(), "/m", MountTable.AUTO, MountOptions.DEFAULT)
                .fileSystem();
        work.on(fileSystem.getPath("/"));
        if (!table.unmount("/m").clean()) {
            throw new IOException("not clean");
        }
    }

    private void copy(Path from, Path to) throws IOException {
        if (inPieces) {
            FsCopy.inPieces(from, to);
        } else {
            Files.copy(from, to);
        }
    }

    @Override
    public void writeLarge(Path from) throws IOException {
        mounted(root -> copy(from, root.resolve(from.getFileName().toString())));
    }

    @Override
    public void readLarge(String name, Path to) throws IOException {
        mounted(root -> copy(root.resolve(name), to));
    }

    @Override
    public boolean isForSmall() {
        return !inPieces;
    }

    @Override
    public void create(Path folder, List<String> names) throws IOException {
        mounted(root -> {
            for (String name : names) {
                Files.copy(folder.resolve(name), root.resolve(name));
            }
        });
    }

    @Override
    public int list(int expected) throws IOException {
        int[] count = {0};
        mounted(root -> {
            try (Stream<Path> all = Files.list(root)) {
                count[0] = (int) all.count();
            }
        });
        return count[0];
    }

    @Override
    public void read(List<String> names, Path folder) throws IOException {
        mounted(root -> {
            for (String name : names) {
                Files.copy(root.resolve(name), folder.resolve(name));
            }
        });
    }

    @Override
    public void delete(List<String> names) throws IOException {
        mounted(root -> {
            for (String name : names) {
                Files.delete(root.resolve(name));
            }
        });
    }

    @Override
    public boolean isOfMemory() {
        return true;
    }

    @Override
    public void createOf(byte[] content, List<String> names) throws IOException {
        mounted(root -> FsContender.writeAll(root, content, names));
    }

    @Override
    public long readAll(List<String> names) throws IOException {
        long[] bytes = {0};
        mounted(root -> bytes[0] = FsContender.readAll(root, names));
        return bytes[0];
    }

    @Override
    public void close() {
        table.close();
        layer.close();
    }
}
