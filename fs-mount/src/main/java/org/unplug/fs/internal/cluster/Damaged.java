package org.unplug.fs.internal.cluster;

import java.nio.file.FileSystemException;

/** A volume that says what it is and contradicts itself. */
public final class Damaged extends FileSystemException {
    private static final long serialVersionUID = 1;

    public Damaged(String disk, String family, String why) {
        super(disk, null, "damaged " + family + " file system: " + why);
    }
}
