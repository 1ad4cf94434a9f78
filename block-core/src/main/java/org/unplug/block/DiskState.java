package org.unplug.block;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * The life of a disk. What may pass in each state stands at its constant; the arrows are data.
 *
 * <p>Modelled on GD_ADDED, GD_DEAD and the freeze of Linux 7.0's block/genhd.c, with the orderly sync that comes before
 * refusal made a state of its own.
 */
public enum DiskState {
    /** Allocated, named, not listed. Nobody can open it. */
    NEW,
    /** Listed. Opens and requests pass. */
    LIVE,
    /** Orderly removal has begun: holders write back, opens and requests still pass. */
    SYNCING,
    /** Unlisted. New opens and new requests fail GONE; those in flight finish or are completed GONE. */
    DYING,
    /** Drained, the driver is let go. Handles remain, and every request on them fails GONE. */
    DEAD,
    /** The last reference is gone, and name, number and memory with it. */
    RELEASED;

    private static final Map<DiskState, Set<DiskState>> ARROWS = new EnumMap<>(DiskState.class);

    static {
        ARROWS.put(NEW, EnumSet.of(LIVE, DYING));
        ARROWS.put(LIVE, EnumSet.of(SYNCING, DYING));
        ARROWS.put(SYNCING, EnumSet.of(DYING));
        ARROWS.put(DYING, EnumSet.of(DEAD));
        ARROWS.put(DEAD, EnumSet.of(RELEASED));
        ARROWS.put(RELEASED, EnumSet.noneOf(DiskState.class));
    }

    /** Whether opens and requests pass. */
    public boolean admits() {
        return this == LIVE || this == SYNCING;
    }

    /**
     * The next state, if there is such an arrow.
     *
     * @param what the object that moves, for the diagnosis
     * @throws IllegalStateException naming object, from and to
     */
    public DiskState moveTo(DiskState next, String what) {
        if (!ARROWS.get(this).contains(next)) {
            throw new IllegalStateException(what + " cannot go from " + this + " to " + next);
        }
        return next;
    }
}
