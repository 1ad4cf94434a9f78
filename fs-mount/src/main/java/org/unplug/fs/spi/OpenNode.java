package org.unplug.fs.spi;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A file that is open. The caller closes it once; the content stays until then, also if the file is deleted. Any thread may
 * call; reads of one file run side by side, a write excludes them.
 */
public interface OpenNode {

    long size() throws IOException;

    /** @return how many bytes were read, at least one; -1 at or past the end */
    int read(long position, ByteBuffer into) throws IOException;

    /**
     * Writes; a gap between the end and the position reads as zero.
     *
     * @param position in bytes, or -1 for the end of the file at the time of the write
     * @return how many bytes were written: fewer than remain if there is no space for more, but at least one
     * @throws java.nio.file.FileSystemException if there is no space or the file would get too large
     */
    int write(long position, ByteBuffer from) throws IOException;

    /** Cuts to a size; does nothing if it is not larger. */
    void truncate(long size) throws IOException;

    /**
     * Makes content, size and name durable.
     *
     * @throws IOException an error in writing back this file that this opener was not told of yet
     */
    void force() throws IOException;

    /** It was read: a change, by which the time of the last access becomes now, as exactly as is worth a write. */
    default void accessed() throws IOException {}

    /** Ends the use. Throws an error in writing back that this opener was not told of; is closed nevertheless. */
    void close() throws IOException;
}
