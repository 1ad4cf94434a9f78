package org.unplug.block;

import org.unplug.ref.Leaks;

/**
 * Something that should have been given back.
 *
 * @param kind why it is thought so
 * @param held what, whose, taken where
 */
public record Leak(Kind kind, Leaks.Held held) {

    /** Why something is a leak, or looks like one. */
    public enum Kind {
        /** The handle's object was garbage collected unclosed. The block layer has closed it; this only tells. */
        LOST,
        /** The disk is dead, and this still holds it: a file system that is mounted still, or a forgotten handle. */
        LATE
    }
}
