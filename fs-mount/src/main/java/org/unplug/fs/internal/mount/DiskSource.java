package org.unplug.fs.internal.mount;

import java.io.IOException;
import java.util.List;
import org.unplug.block.DiskHandle;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;

/** Where disks are found by name. */
@FunctionalInterface
public interface DiskSource {

    /**
     * Opens a disk; the caller owns the handle.
     *
     * @param epoch which incarnation, or 0 for the one that there is
     * @throws IOException as {@link org.unplug.block.Disk#open}; a NoSuchFileException if there is no such disk
     */
    DiskHandle open(String name, long epoch, Holder holder, OpenMode mode) throws IOException;

    /** The names of the disks that there are. */
    default List<String> names() {
        return List.of();
    }
}
