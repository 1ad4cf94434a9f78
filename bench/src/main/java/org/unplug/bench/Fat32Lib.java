package org.unplug.bench;

import de.waldheinz.fs.FsDirectory;
import de.waldheinz.fs.FsDirectoryEntry;
import de.waldheinz.fs.FsFile;
import de.waldheinz.fs.fat.FatFileSystem;
import de.waldheinz.fs.fat.FatType;
import de.waldheinz.fs.fat.SuperFloppyFormatter;
import de.waldheinz.fs.util.FileDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** The same work done by fat32-lib, over the same image. */
final class Fat32Lib {
    private static final int CHUNK = 1 << 20;

    private final Path image;

    Fat32Lib(Path image) {
        this.image = image;
    }

    /** What is done in the root directory. */
    interface Work {
        void in(FsDirectory root) throws IOException;
    }

    /** The image is made anew. */
    void format(long bytes) throws IOException {
        FileDisk disk = FileDisk.create(image.toFile(), bytes);
        SuperFloppyFormatter.get(disk).setFatType(FatType.FAT32).format().close();
        disk.close();
    }

    void mounted(Work work) throws IOException {
        FileDisk disk = new FileDisk(image.toFile(), false);
        FatFileSystem fileSystem = FatFileSystem.read(disk, false);
        work.in(fileSystem.getRoot());
        fileSystem.close();
        disk.close();
    }

    static void copyIn(Path from, FsDirectory root, String name) throws IOException {
        FsFile file = root.addFile(name).getFile();
        ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
        try (FileChannel in = FileChannel.open(from)) {
            file.setLength(in.size());
            for (long at = 0; in.read(buffer.clear()) > 0; at += buffer.limit()) {
                file.write(at, buffer.flip());
            }
        }
        file.flush();
    }

    static void copyOut(FsDirectory root, String name, Path to) throws IOException {
        FsFile file = root.getEntry(name).getFile();
        ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
        try (FileChannel out = FileChannel.open(
                to, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            for (long at = 0; at < file.getLength(); at += buffer.limit()) {
                buffer.clear().limit((int) Math.min(CHUNK, file.getLength() - at));
                file.read(at, buffer);
                out.write(buffer.flip());
            }
        }
    }

    static List<String> names(FsDirectory root) {
        List<String> names = new ArrayList<>();
        for (FsDirectoryEntry entry : root) {
            names.add(entry.getName());
        }
        return names;
    }

    static void copyAllIn(Path folder, FsDirectory root, List<String> names) throws IOException {
        for (String name : names) {
            copyIn(folder.resolve(name), root, name);
        }
    }

    static void copyAllOut(FsDirectory root, List<String> names, Path folder) throws IOException {
        for (String name : names) {
            copyOut(root, name, Files.createDirectories(folder).resolve(name));
        }
    }
}
