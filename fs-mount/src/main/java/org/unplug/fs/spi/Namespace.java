package org.unplug.fs.spi;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/**
 * The files and directories below some directory. A path is the list of names from there, never with "." or ".."; the empty list is
 * the directory itself.
 *
 * <p>Any thread may call. Errors are those that java.nio.file prescribes (NoSuchFile, FileAlreadyExists, DirectoryNotEmpty,
 * NotDirectory, AccessDenied) or a FileSystemException with one line of reason; names in them are relative to the root.
 */
public interface Namespace {

    NodeInfo stat(List<String> path) throws IOException;

    /** A directory's content without "." and "..", a snapshot. */
    List<NodeInfo> list(List<String> path) throws IOException;

    /**
     * Opens a regular file.
     *
     * @param write whether it will be changed
     * @param create make it if it is not there
     * @param exclusive with create: fail if it is there
     */
    OpenNode open(List<String> path, boolean write, boolean create, boolean exclusive) throws IOException;

    void createDirectory(List<String> path) throws IOException;

    /** Deletes a file or an empty directory. */
    void delete(List<String> path) throws IOException;

    /**
     * Gives a node another name or directory, in one step for those who look meanwhile.
     *
     * @param replace whether a file or empty directory of the new name is replaced; otherwise it is an error
     */
    void rename(List<String> from, List<String> to, boolean replace) throws IOException;

    /** Sets those times that are not null, as exactly as the format can. */
    void setTimes(List<String> path, Instant modified, Instant accessed, Instant created) throws IOException;

    /** Sets the attributes to these. */
    void setFlags(List<String> path, Set<NodeInfo.Flag> flags) throws IOException;
}
