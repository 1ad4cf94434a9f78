package org.unplug.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/** The yardstick: as much between files of the host, without any file system of ours. */
final class FsCopy implements FsContender {
    private static final int PIECE = 1 << 20;

    private Path image;

    /** Copies by two channels and a buffer. */
    static void inPieces(Path from, Path to) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(PIECE);
        try (FileChannel in = FileChannel.open(from, StandardOpenOption.READ);
                FileChannel out = FileChannel.open(to, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            while (in.read(buffer.clear()) >= 0) {
                buffer.flip();
                while (buffer.hasRemaining()) {
                    out.write(buffer);
                }
            }
        }
    }

    @Override
    public String name() {
        return "plain copy";
    }

    @Override
    public void begin(Path file) {
        image = file;
    }

    @Override
    public void writeLarge(Path from) throws IOException {
        inPieces(from, image);
        try (FileChannel written = FileChannel.open(image, StandardOpenOption.WRITE)) {
            written.truncate(from.toFile().length());
        }
    }

    @Override
    public void readLarge(String name, Path to) throws IOException {
        inPieces(image, to);
    }

    private Path file(String name) {
        return image.resolveSibling("copies").resolve(name);
    }

    @Override
    public void create(Path folder, List<String> names) throws IOException {
        Files.createDirectories(file(""));
        for (String name : names) {
            Files.copy(folder.resolve(name), file(name));
        }
    }

    @Override
    public int list(int expected) throws IOException {
        try (Stream<Path> all = Files.list(file(""))) {
            return (int) all.count();
        }
    }

    @Override
    public void read(List<String> names, Path folder) throws IOException {
        for (String name : names) {
            Files.copy(file(name), folder.resolve(name));
        }
    }

    @Override
    public void delete(List<String> names) throws IOException {
        for (String name : names) {
            Files.delete(file(name));
        }
    }

    @Override
    public boolean isOfMemory() {
        return true;
    }

    @Override
    public void createOf(byte[] content, List<String> names) throws IOException {
        FsContender.writeAll(Files.createDirectories(file("")), content, names);
    }

    @Override
    public long readAll(List<String> names) throws IOException {
        return FsContender.readAll(file(""), names);
    }
}
