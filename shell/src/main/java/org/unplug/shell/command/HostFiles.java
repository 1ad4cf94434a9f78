package org.unplug.shell.command;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.felix.service.command.CommandSession;

/** Files of the host: written {@code host:PATH} where a path could also be one on a mount. */
final class HostFiles {

    static final String PREFIX = "host:";

    private HostFiles() {}

    /** Relative to the session's directory; the prefix may be left out where only host files make sense. */
    static Path path(CommandSession session, String text) {
        return session.currentDir().resolve(text.startsWith(PREFIX) ? text.substring(PREFIX.length()) : text);
    }

    /** A file of zeroes that takes no room. */
    static void makeSparse(Path file, long bytes) throws IOException {
        try (RandomAccessFile made = new RandomAccessFile(file.toFile(), "rw")) {
            made.setLength(bytes);
        }
    }

    /** How a path can go on, directories with a slash at the end. */
    static List<String> complete(String prefix, String typed) {
        String text = typed.startsWith(prefix) ? typed.substring(prefix.length()) : typed;
        int slash = text.lastIndexOf('/');
        String folder = text.substring(0, slash + 1);
        List<String> found = new ArrayList<>();
        try (Stream<Path> entries = Files.list(Path.of(folder.isEmpty() ? "." : folder))) {
            entries.forEach(
                    entry -> found.add(prefix + folder + entry.getFileName() + (Files.isDirectory(entry) ? "/" : "")));
        } catch (IOException e) {
            // Nothing to offer.
        }
        return found;
    }
}
