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
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** The peer in Java: fat32-lib, over the same image. */
final class Fat32Lib implements FsContender {
    private static final int CHUNK = 1 << 20;

    private final boolean told;
    private Path image;

    /** What is done in the root directory. */
    private interface Work {
        void in(FsDirectory root) throws IOException;
    }

    /** @param told whether it is told how long a file will be before the file is written, which spares it most of its work */
    Fat32Lib(boolean told) {
        this.told = told;
    }

    @Override
    public String name() {
        return told ? "fat32-lib, told the length" : "fat32-lib";
    }

    @Override
    public void begin(Path file) throws IOException {
        image = file;
        FileDisk disk = new FileDisk(file.toFile(), false);
        SuperFloppyFormatter.get(disk).setFatType(FatType.FAT32).format().close();
        disk.close();
    }

    private void mounted(Work work) throws IOException {
        FileDisk disk = new FileDisk(image.toFile(), false);
        FatFileSystem fileSystem = FatFileSystem.read(disk, false);
        work.in(fileSystem.getRoot());
        fileSystem.close();
        disk.close();
    }

    private void copyIn(Path from, FsDirectory root, String name) throws IOException {
        FsFile file = root.addFile(name).getFile();
        try (FileChannel in = FileChannel.open(from)) {
            ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(CHUNK, in.size()));
            if (told) {
                file.setLength(in.size());
            }
            for (long at = 0; in.read(buffer.clear()) > 0; at += buffer.limit()) {
                file.write(at, buffer.flip());
            }
        }
        file.flush();
    }

    private static void copyOut(FsDirectory root, String name, Path to) throws IOException {
        FsFile file = root.getEntry(name).getFile();
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(CHUNK, file.getLength()));
        try (FileChannel out = FileChannel.open(to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (long at = 0; at < file.getLength(); at += buffer.limit()) {
                buffer.clear().limit((int) Math.min(CHUNK, file.getLength() - at));
                file.read(at, buffer);
                out.write(buffer.flip());
            }
        }
    }

    @Override
    public void writeLarge(Path from) throws IOException {
        mounted(root -> copyIn(from, root, from.getFileName().toString()));
    }

    @Override
    public void readLarge(String name, Path to) throws IOException {
        mounted(root -> copyOut(root, name, to));
    }

    @Override
    public void create(Path folder, List<String> names) throws IOException {
        mounted(root -> {
            for (String name : names) {
                copyIn(folder.resolve(name), root, name);
            }
        });
    }

    @Override
    public int list(int expected) throws IOException {
        int[] count = {0};
        mounted(root -> {
            for (FsDirectoryEntry entry : root) {
                count[0] += entry.getName().isEmpty() ? 0 : 1;
            }
        });
        return count[0];
    }

    @Override
    public void read(List<String> names, Path folder) throws IOException {
        mounted(root -> {
            for (String name : names) {
                copyOut(root, name, folder.resolve(name));
            }
        });
    }

    @Override
    public void delete(List<String> names) throws IOException {
        mounted(root -> {
            for (String name : names) {
                root.remove(name);
            }
        });
    }

    @Override
    public boolean isOfMemory() {
        return true;
    }

    @Override
    public void createOf(byte[] content, List<String> names) throws IOException {
        mounted(root -> {
            for (String name : names) {
                FsFile file = root.addFile(name).getFile();
                if (told) {
                    file.setLength(content.length);
                }
                file.write(0, ByteBuffer.wrap(content));
                file.flush();
            }
        });
    }

    @Override
    public long readAll(List<String> names) throws IOException {
        long[] bytes = {0};
        mounted(root -> {
            for (String name : names) {
                FsFile file = root.getEntry(name).getFile();
                ByteBuffer content = ByteBuffer.allocate((int) file.getLength());
                file.read(0, content);
                bytes[0] += content.position();
            }
        });
        return bytes[0];
    }
}
