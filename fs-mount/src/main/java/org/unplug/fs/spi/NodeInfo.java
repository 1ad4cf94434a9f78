package org.unplug.fs.spi;

import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;

/**
 * A file or directory as its directory describes it. A copy; immutable.
 *
 * @param name as it was written, empty for the root
 * @param directory or a regular file
 * @param sizeBytes of a regular file, 0 for a directory
 * @param created when it was made
 * @param modified when its content last changed
 * @param accessed when it was last read, as far as the format knows
 * @param flags of DOS
 * @param key tells it from every other node of this mount while it exists; not null
 */
public record NodeInfo(
        String name,
        boolean directory,
        long sizeBytes,
        Instant created,
        Instant modified,
        Instant accessed,
        Set<Flag> flags,
        Object key) {

    /** The attributes of DOS. */
    public enum Flag {
        READ_ONLY,
        HIDDEN,
        SYSTEM,
        ARCHIVE
    }

    public NodeInfo {
        EnumSet<Flag> copy = EnumSet.noneOf(Flag.class);
        copy.addAll(flags);
        flags = java.util.Collections.unmodifiableSet(copy);
    }
}
