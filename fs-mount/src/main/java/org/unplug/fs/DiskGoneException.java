package org.unplug.fs;

import java.nio.file.FileSystemException;

/**
 * The disk under a mounted file system is gone. Every operation on the file system fails with it from then on, at once and
 * without touching the disk (R9); it is thrown for nothing else. What was synced before is on the medium.
 *
 * <p>Where an interface of java.nio.file allows no IOException, this is the cause of the exception that it prescribes, as of
 * {@link java.nio.file.DirectoryIteratorException}.
 */
public final class DiskGoneException extends FileSystemException {
    private static final long serialVersionUID = 1;

    private final String disk;

    /**
     * @param file what was operated on, or null if not a single file
     * @param disk the disk's name
     */
    public DiskGoneException(String file, String disk) {
        super(file, null, "disk " + disk + " is gone");
        this.disk = disk;
    }

    /** The name that the disk had. */
    public String disk() {
        return disk;
    }
}
