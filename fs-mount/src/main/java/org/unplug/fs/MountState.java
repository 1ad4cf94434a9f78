package org.unplug.fs;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * The life of a mount. What may pass in each state stands at its constant; the arrows are data.
 *
 * <p>Modelled on the shutdown of a file system by fs_bdev_mark_dead and fs_bdev_sync of Linux 7.0, with the orderly sync
 * made a state of its own.
 */
public enum MountState {
    /** Its disk is open and its volume is being read. Nobody can use it yet. */
    MOUNTING,
    /** Everything passes. */
    MOUNTED,
    /** Everything is written and the volume is marked clean: reads pass, changes wait until it is thawed. */
    FROZEN,
    /**
     * Its disk is being removed in order: reads pass, what is dirty is written back, and changes fail with
     * {@link DiskGoneException}, since an orderly removal that has begun is final.
     */
    SYNCING,
    /** Written back, marked clean: reads pass, changes fail as before. The disk will go at any moment. */
    QUIESCED,
    /** Being unmounted: nothing passes, what is dirty is written back. */
    UNMOUNTING,
    /** The disk is gone: every operation fails with {@link DiskGoneException}; only unmounting succeeds. */
    DEAD,
    /** Out of the table, its disk given back. Every operation fails with ClosedFileSystemException. */
    UNMOUNTED;

    private static final Map<MountState, Set<MountState>> ARROWS = new EnumMap<>(MountState.class);

    static {
        ARROWS.put(MOUNTING, EnumSet.of(MOUNTED, DEAD, UNMOUNTED));
        ARROWS.put(MOUNTED, EnumSet.of(FROZEN, SYNCING, UNMOUNTING, DEAD));
        ARROWS.put(FROZEN, EnumSet.of(MOUNTED, SYNCING, UNMOUNTING, DEAD));
        ARROWS.put(SYNCING, EnumSet.of(QUIESCED, UNMOUNTING, DEAD));
        ARROWS.put(QUIESCED, EnumSet.of(UNMOUNTING, DEAD));
        ARROWS.put(UNMOUNTING, EnumSet.of(DEAD, UNMOUNTED));
        ARROWS.put(DEAD, EnumSet.of(UNMOUNTED));
        ARROWS.put(UNMOUNTED, EnumSet.noneOf(MountState.class));
    }

    /** Whether files can be read. */
    public boolean readable() {
        return this == MOUNTED || this == FROZEN || this == SYNCING || this == QUIESCED;
    }

    /** Whether there is an arrow from here to there. */
    public boolean leadsTo(MountState next) {
        return ARROWS.get(this).contains(next);
    }

    /**
     * The next state, if there is such an arrow.
     *
     * @param what the object that moves, for the diagnosis
     * @throws IllegalStateException naming object, from and to
     */
    public MountState moveTo(MountState next, String what) {
        if (!leadsTo(next)) {
            throw new IllegalStateException(what + " cannot go from " + this + " to " + next);
        }
        return next;
    }
}
