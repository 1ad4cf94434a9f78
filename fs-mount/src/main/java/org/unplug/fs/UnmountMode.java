package org.unplug.fs;

/** How to unmount. */
public enum UnmountMode {
    /** Refuse new operations, close what is open, write back, give the disk back. */
    ORDERLY,
    /**
     * The mount point is free and the service gone at once; files that are open go on, and when the last one is closed the rest is
     * done as for ORDERLY, in the background.
     */
    LAZY,
    /** As if the disk had been pulled: nothing is waited for, what was not synced is lost. For a disk that does not answer. */
    FORCED
}
