package org.unplug.driver.mirror.internal;

import java.util.BitSet;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.driver.mirror.MirrorControl.LegState;

/** A place for a disk of the mirror, taken or not. Guarded by the driver's monitor. */
final class Leg {

    DiskInfo disk;
    DiskHandle handle;
    LegState state;
    /** What differs, or may: while ABSENT or SYNCING. */
    final BitSet stale = new BitSet();
    /** Copied by the resync that is under way, and not flushed yet. */
    final BitSet copied = new BitSet();

    int outstandingReads;
    long reads;
    long writes;

    Leg(DiskHandle handle, LegState state) {
        this.handle = handle;
        this.state = state;
        disk = handle.info();
    }

    boolean takesWrites() {
        return state != LegState.ABSENT;
    }

    boolean isInSync() {
        return state == LegState.IN_SYNC;
    }
}
