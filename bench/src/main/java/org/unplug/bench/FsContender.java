package org.unplug.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * One who keeps files in a file system on an image. Each step begins with nothing in use and ends with everything in the image:
 * mounting and unmounting, or starting a process, is a part of it.
 */
interface FsContender {
    String name();

    /** A new file system on a new image. Not measured. */
    void begin(Path image) throws IOException;

    /** Gives the image up. Not measured. */
    default void end() {}

    /** Copies a file of the host into the image's root. */
    void writeLarge(Path from) throws IOException;

    /** Copies it to a file of the host that is not there. */
    void readLarge(String name, Path to) throws IOException;

    /** Whether it gets faster by rounds that do not count; another one takes no part in them. */
    default boolean warmsUp() {
        return true;
    }

    /** Whether it takes part in what is done with small files. */
    default boolean isForSmall() {
        return true;
    }

    /** Copies files of a folder of the host into the image's root. */
    void create(Path folder, List<String> names) throws IOException;

    /** @return how many names there are, as far as it tells */
    int list(int expected) throws IOException;

    /** Copies all files from the image's root into an empty folder. */
    void read(List<String> names, Path folder) throws IOException;

    /** Deletes all files. */
    void delete(List<String> names) throws IOException;

    /** Whether contents can come from memory and go there, so that nothing is asked of the host's own file system but the image. */
    default boolean isOfMemory() {
        return false;
    }

    /** Makes files of one content in the image's root. */
    default void createOf(byte[] content, List<String> names) throws IOException {
        throw new UnsupportedOperationException(name() + " copies files of the host");
    }

    /** Reads all of each file. @return how many bytes that were */
    default long readAll(List<String> names) throws IOException {
        throw new UnsupportedOperationException(name() + " copies to files of the host");
    }

    /** {@link #createOf} for those whose files have paths. */
    static void writeAll(Path directory, byte[] content, List<String> names) throws IOException {
        for (String name : names) {
            Files.write(directory.resolve(name), content);
        }
    }

    /** {@link #readAll(List)} for those whose files have paths. */
    static long readAll(Path directory, List<String> names) throws IOException {
        long bytes = 0;
        for (String name : names) {
            bytes += Files.readAllBytes(directory.resolve(name)).length;
        }
        return bytes;
    }
}
