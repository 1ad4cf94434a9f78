package org.unplug.fs;

import java.io.IOException;
import java.nio.file.FileSystem;

/**
 * A file system that is mounted, or was. Any thread may call; only {@link #sync} blocks.
 *
 * <p>It keeps the disk's memory until it is unmounted, also after the disk died.
 */
public interface Mount {

    /** Where: an absolute path with slashes, as "/mnt/card". A name for people and properties; nothing else hangs on it. */
    String point();

    /** The disk's name, as "mmcblk0p1". */
    String disk();

    /** The disk's incarnation. */
    long epoch();

    /** What is on it, as "fat32". */
    String type();

    /** The volume's label, or empty; when dead, the last one known. */
    String label();

    /** The volume's serial number or UUID, as "1234-ABCD", or empty. */
    String uuid();

    /** Its options; read-only also if the disk is, or the volume was found damaged. */
    MountOptions options();

    /** Its state at some instant during the call. */
    MountState state();

    /** Total and free bytes; when dead, the last figures known. */
    Space space();

    /** Whether it holds changes that are not on the disk yet: a glimpse. */
    boolean isDirty();

    /** What its page cache holds; nothing when dead. */
    CacheUse cache();

    /** The same object as is registered as a service. Closing it unmounts. */
    FileSystem fileSystem();

    /**
     * Writes back everything that was changed before the call and flushes the disk's cache. Returns at once if there is nothing.
     *
     * @throws DiskGoneException if the disk is gone
     * @throws IOException if not everything could be written
     */
    void sync() throws IOException;

    /**
     * Writes everything and marks the volume clean; from then on changes wait and reads pass, so that the disk can be copied.
     * Blocks until the changes under way have ended.
     *
     * @param atMostMs after which it thaws by itself, 1 or more
     * @throws DiskGoneException if the disk is gone
     * @throws IOException if it is not mounted or frozen already, changes do not end in time, or not everything could be
     *     written; it is not frozen then
     */
    void freeze(long atMostMs) throws IOException;

    /** Ends a freeze: changes go on. Does nothing if there is none. */
    void thaw();
}
