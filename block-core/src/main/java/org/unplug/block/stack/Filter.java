package org.unplug.block.stack;

import java.util.Map;
import org.unplug.block.DiskHandle;

/**
 * Makes drivers that stand between a disk and whoever uses it. A service with the property {@link #NAME}; any thread may
 * call. The same filter serves as a disk of its own over a lower disk ({@link StackedDisk}) and inside the queue of a disk
 * that is open already, so it knows nothing of what is below but the handle.
 */
public interface Filter {

    /** Service property: {@link #name}. */
    String NAME = "filter.name";

    /** As "delay": lower case; also the prefix of the upper disks' names and their bus. */
    String name();

    /**
     * Makes a driver over a handle. The handle stays the caller's, who closes it after the driver. May read from it, and then
     * blocks.
     *
     * @param options as in the configuration; the filter's documentation names them. Keys with a dot in them are ignored
     * @throws java.io.UncheckedIOException if it reads from the handle and that fails
     * @throws IllegalArgumentException naming the option that is unknown or wrong, and what is accepted
     */
    FilterDriver create(DiskHandle below, Map<String, ?> options);
}
