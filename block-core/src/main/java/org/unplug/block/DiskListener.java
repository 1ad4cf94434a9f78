package org.unplug.block;

import org.unplug.ref.Leaks;

/**
 * Who is told what became of disks: a service, found by the block layer (whiteboard). For telling others - events, a console -
 * and not for taking part in a removal, which is a {@link Holder}'s.
 *
 * <p>Told in the order in which things happened, one at a time, on a thread of the block layer that nothing waits for: a
 * listener that is slow delays only what listeners hear. A listener that comes later is not told what was before. What one throws is
 * logged.
 */
public interface DiskListener {

    /** A disk can be found and opened from now on. */
    default void added(DiskInfo disk) {}

    /** A disk has another capacity. */
    default void resized(DiskInfo disk) {}

    /** A removal is over; the disk is DEAD, and may be held still. */
    default void removed(RemovalReport report) {}

    /** The last reference to a disk was put; its name is free again. */
    default void released(DiskInfo disk) {}

    /** A driver or holder broke its contract, or a disk says nonsense; one line. */
    default void fault(String line) {}

    /** A handle was garbage collected unclosed, and was closed for its opener. */
    default void leaked(Leaks.Held held) {}
}
