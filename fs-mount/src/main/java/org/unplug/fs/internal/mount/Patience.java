package org.unplug.fs.internal.mount;

import java.io.IOException;

/** Disks that outlive the card: over a disk, one that waits for it when it goes. */
public interface Patience {

    /**
     * Puts such a disk over another; blocks until it is there.
     *
     * @param disk the lower one's name
     * @param waitMs how long requests wait when it goes
     * @throws java.nio.file.FileSystemException if that cannot be, with the reason
     */
    Held over(String disk, long waitMs) throws IOException;

    /** A disk that waits. */
    interface Held extends AutoCloseable {

        /** The upper disk's name. */
        String disk();

        /** Takes it away, once nobody has it open; does not wait for a lower disk that is gone. */
        @Override
        void close();
    }

    /** Where there is no driver for that. */
    static Patience none() {
        return (disk, waitMs) -> {
            throw new java.nio.file.FileSystemException(
                    disk, null, "mount option resume: the driver 'hold' is not there");
        };
    }
}
