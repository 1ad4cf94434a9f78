package org.unplug.fs.spi;

import java.io.IOException;
import java.util.List;

/**
 * A directory that is open: what is asked of it is about that directory, wherever it has been moved to, and never about another one of
 * the same name. Each call finds its path and does its work in one step. Once the directory was deleted every call but
 * {@link #close} fails with {@link java.nio.file.NoSuchFileException}.
 *
 * <p>The caller closes it once; it need not be closed before the volume is quiesced.
 */
public interface OpenDirectory extends Namespace {

    /** Where it is now, from the root. */
    List<String> path() throws IOException;

    /** Opens a directory below this one. */
    OpenDirectory openDirectory(List<String> path) throws IOException;

    /**
     * Deletes a file or an empty directory.
     *
     * @param directory which of the two it has to be
     * @throws java.nio.file.FileSystemException if it is the other
     */
    void delete(List<String> path, boolean directory) throws IOException;

    /**
     * As {@link #rename}, into another open directory of the same volume.
     *
     * @param from from this directory
     * @param to from the other one
     */
    void rename(List<String> from, OpenDirectory directory, List<String> to, boolean replace) throws IOException;

    /** Ends the use; idempotent. */
    void close() throws IOException;
}
