package org.unplug.fs.spi;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;
import org.unplug.block.DiskInfo;

/**
 * A disk as a file system sees it: bytes behind a page cache of bounded size that writes back later, in stages. Implemented by
 * fs-mount; one for each mount.
 *
 * <ul>
 *   <li>Any thread may call. Two writes of the same bytes, and a read and a write of the same bytes, must not run at once:
 *       that is for the file system's own locks. Neighbouring bytes may be used freely.
 *   <li>Numbers are little endian, offsets are in bytes from the start of the disk.
 *   <li>Every blocking call ends when the disk dies, within the time of a wake-up, with
 *       {@link org.unplug.fs.DiskGoneException}; so will every later call. A lock of the file system may be held while calling.
 *   <li>An offset outside the disk is a FileSystemException: it comes from a damaged volume, not from a programmer.
 * </ul>
 */
public interface Volume {

    /**
     * When what is dirty may reach the disk: a stage is written only by {@link #writeBack} of that stage, except
     * {@link #DATA}, which is written at any time. A unit of the disk that is dirty in two stages is written in each.
     */
    enum Stage {
        /** Contents, to which nothing on the disk refers yet or which may be overwritten in place. */
        DATA,
        /** What is allocated and chained. */
        MAP,
        /** What refers to all this: directory entries. */
        NAMES
    }

    DiskInfo disk();

    /** Whether writes are refused. */
    boolean readOnly();

    /** Its length. */
    long bytes();

    /** The least unit that is read and written as a whole: the disk's logical block. */
    int unitBytes();

    /** Fills the buffer's remaining bytes. What is missing is read in requests as large as the run. */
    void read(long offset, ByteBuffer into) throws IOException;

    /** Begins to read, as far as there is room; neither waits nor fails. */
    void readAhead(long offset, long bytes);

    int getByte(long offset) throws IOException;

    int getShort(long offset) throws IOException;

    int getInt(long offset) throws IOException;

    /**
     * Writes the buffer's remaining bytes into the cache; waits only for room, or for a unit that is written in part and not
     * in the cache.
     *
     * @param fresh whether what the touched units held before does not matter, so that they need not be read: their other
     *     bytes become zero unless cached
     * @param errors told if writing back fails later
     */
    void write(long offset, ByteBuffer from, Stage stage, boolean fresh, WriteErrors errors) throws IOException;

    /** Begins to write back what is dirty in stage DATA in this range; does not wait for it. */
    void startWriteBack(long offset, long bytes) throws IOException;

    /**
     * Writes back what was dirty in a stage at the time of the call, and waits for it and for what others had begun.
     *
     * @param mirrors distances in bytes at which the same is written again, for copies that are never read through the cache
     * @throws IOException if something could not be written; it stays dirty
     */
    void writeBack(Stage stage, long... mirrors) throws IOException;

    /**
     * Writes back what was dirty in some stages at the time of the call, in no order among them, and makes it durable. As
     * {@link #writeBack} of each and a {@link #flush}, but what is written goes to the disk together, and the flush follows without a
     * turn of this thread: who has little to write and waits for each step waits half as often.
     *
     * @param mirrorsOfMap as for {@link #writeBack}, of what is in stage {@link Stage#MAP}
     * @throws IOException if something could not be written or made durable; what was not written stays dirty, and nothing was flushed
     */
    void makeDurable(Set<Stage> stages, long... mirrorsOfMap) throws IOException;

    /** Makes durable what was written back. */
    void flush() throws IOException;

    /** Whether something is dirty in a stage. */
    boolean isDirty(Stage stage);

    /** How many bytes are dirty or being written in all stages but DATA: a file system commits before that fills the cache. */
    long stagedBytes();

    /** How many bytes the cache may hold. */
    long cacheBytes();

    /** Errors in writing back what is not one file's: what several share, and what the file system gives this for. */
    WriteErrors errors();

    /** Tells the person who runs this, in one line. */
    void warn(String line);
}
