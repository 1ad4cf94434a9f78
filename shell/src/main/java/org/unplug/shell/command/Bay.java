package org.unplug.shell.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.osgi.framework.Bundle;

/**
 * Hardware with places for media, whatever its bus: what insert, eject, yank and pull act on. Each kind is a component that is
 * there as long as its layer is. Any thread; every call but {@link #places} and {@link #driver} may block for some seconds.
 */
public interface Bay {

    /** How long to wait for the disk of a medium that was put in: detection, start-up and a slow machine. */
    long APPEAR_MS = 10_000;

    /** How long to wait for a removal that reports to nobody: more than a disk's deadlines together. */
    long REMOVE_MS = 60_000;

    /**
     * What is to be put in.
     *
     * @param image the file behind it, or null for memory
     * @param bytes its capacity; 0 for that of the image. An image that is missing is made, if this is given
     * @param readOnly write protected
     * @param latencyMicros how long each command takes, besides its work
     * @param kind what it is, where there are several kinds, as "emmc"; empty for the usual one
     */
    record Medium(Path image, long bytes, boolean readOnly, long latencyMicros, String kind) {}

    /**
     * What was put in.
     *
     * @param place where
     * @param disk what came of it
     * @param sizeBytes its capacity
     */
    record Inserted(String place, String disk, long sizeBytes) {}

    /** What one can name, to put a medium there. */
    List<String> places();

    /** Whether this is a place of this bay, whether there is a medium in it or not; may be one that insert would make. */
    boolean isPlace(String name);

    /** Whether a disk belongs to a medium in this bay. */
    boolean hasDisk(String disk);

    /** The disk of what is named by its place or by its disk; the name itself where no disk came of it. */
    default String disk(String name) throws IOException {
        return name;
    }

    /** Whether a medium can be of several kinds here. */
    default boolean hasKinds() {
        return false;
    }

    /** Puts a medium in and waits for its disk. */
    Inserted insert(String place, Medium medium) throws IOException;

    /** Puts the medium back in that was taken out of a place last, and waits for its disk. */
    default Inserted putBack(String place) throws IOException {
        throw new IOException(place + ": what? name an image, or a size with -s");
    }

    /** Removes the disk in order, then the medium may be taken out. The name is a place or a disk. */
    Removed eject(String name) throws IOException;

    /** Takes the medium out, whatever it is doing, and does not wait. The name is a place or a disk. */
    void yank(String name) throws IOException;

    /** The bundle of the low level driver behind a disk. */
    Optional<Bundle> driver(String disk);

    /** Waits until what was put in or taken out has been noticed; false if that took longer. */
    boolean settle(long timeoutMs);
}
