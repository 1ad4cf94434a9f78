package org.unplug.block.stack;

import java.io.IOException;
import java.util.Map;
import org.unplug.block.DiskHandle;
import org.unplug.block.Removal;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskSpec;

/**
 * The driver of a disk over disks, with what such a disk needs besides.
 *
 * <ul>
 *   <li>It may be drained and {@linkplain #close closed} at any instant while the disk below goes on.
 *   <li>A request that the lower disk ended with its buffer still held ends here with the buffer held.
 *   <li>{@link #cancel} makes whatever the driver itself keeps waiting go on or end at once.
 * </ul>
 */
public interface FilterDriver extends DiskDriver, AutoCloseable {

    /**
     * What the disk above is to be. Asked once, before it is added; whoever inserts the driver into a live disk and cannot
     * follow a changed limit refuses to insert it.
     *
     * @param derived what follows from the lower disks: the first one's capacity and identity, the largest block of any, a
     *     write cache if any has one, read-only if any is
     */
    default DiskSpec spec(DiskSpec derived) {
        return derived;
    }

    /** The disk above is there. Comes once, after the first requests perhaps. Must not block. */
    default void attached(Upper upper) {}

    /** What can be asked of it or told it at run time: services by type, registered as long as it is in place. */
    default Map<Class<?>, Object> services() {
        return Map.of();
    }

    /**
     * A lower disk goes: in order (it still answers until this returns, or its time is up), or by surprise. Not
     * asked once the disk above is being removed itself. On a thread of the block layer, bounded by the removal's deadlines.
     *
     * @return true to go on without it - the handle is closed then, and the driver must not use it any more; false to have the
     *     disk above removed in the same way
     */
    default boolean lowerGoes(DiskHandle below, Removal kind) {
        return false;
    }

    /**
     * A lower disk that this one had, by identity or by the name in the configuration, has come. May block. The handle is
     * closed by the caller after the driver, or when this throws, or when the lower disk goes.
     *
     * @throws IOException if it is not wanted, saying why
     */
    default void lowerComes(DiskHandle below) throws IOException {
        throw new IOException(below.info().name() + " is not needed");
    }

    /**
     * Lets everything that waits in here go on or end, and waits until nothing is inside. Comes once, after the disk above has
     * stopped giving requests; blocks at most five seconds.
     *
     * @throws IllegalStateException if a lower disk has not let go of some requests by then, saying how many
     */
    @Override
    void close();
}
