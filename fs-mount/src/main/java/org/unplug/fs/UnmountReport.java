package org.unplug.fs;

import java.util.List;

/**
 * How an unmount went.
 *
 * @param mountPoint where it was mounted
 * @param disk the disk's name
 * @param clean whether everything was written and the volume is marked clean; for a mount that could not write, whether
 *     there was nothing to write
 * @param problems what could not be written and why, one line each
 */
public record UnmountReport(String mountPoint, String disk, boolean clean, List<String> problems) {

    public UnmountReport {
        problems = List.copyOf(problems);
    }
}
