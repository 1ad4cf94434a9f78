package org.unplug.scsi;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * The life of a host adapter. The arrows, as data, are those of Linux 7.0's {@code scsi_host_set_state}: staying where one is
 * always succeeds.
 */
public enum ScsiHostState {
    /** Attached, not scanned. */
    CREATED,
    /** In use. */
    RUNNING,
    /** Its removal has begun: no device is added any more, those that are there go. */
    CANCEL,
    /** Removed: nobody is inside the driver and nobody will enter. */
    DEL,
    /** The error handler is at work: disk requests wait. */
    RECOVERY,
    /** Its removal began while the error handler was at work. */
    CANCEL_RECOVERY,
    /** Removed while the error handler was at work. */
    DEL_RECOVERY;

    private static final Map<ScsiHostState, Set<ScsiHostState>> LEGAL_FROM = new EnumMap<>(ScsiHostState.class);

    static {
        LEGAL_FROM.put(CREATED, EnumSet.noneOf(ScsiHostState.class));
        LEGAL_FROM.put(RUNNING, EnumSet.of(CREATED, RECOVERY));
        LEGAL_FROM.put(CANCEL, EnumSet.of(CREATED, RUNNING, CANCEL_RECOVERY));
        LEGAL_FROM.put(DEL, EnumSet.of(CANCEL, DEL_RECOVERY));
        LEGAL_FROM.put(RECOVERY, EnumSet.of(RUNNING));
        LEGAL_FROM.put(CANCEL_RECOVERY, EnumSet.of(CANCEL, RECOVERY));
        LEGAL_FROM.put(DEL_RECOVERY, EnumSet.of(CANCEL_RECOVERY));
    }

    /** Whether the error handler is at work. */
    public boolean inRecovery() {
        return this == RECOVERY || this == CANCEL_RECOVERY || this == DEL_RECOVERY;
    }

    /** Whether devices may be added. */
    public boolean admitsDevices() {
        return this == RUNNING || this == RECOVERY;
    }

    /** Whether there is such an arrow; staying is one. */
    public boolean canMoveTo(ScsiHostState next) {
        return this == next || LEGAL_FROM.get(next).contains(this);
    }

    /**
     * The next state, if there is such an arrow.
     *
     * @param what the object that moves, for the diagnosis
     * @throws IllegalStateException naming object, from and to
     */
    public ScsiHostState moveTo(ScsiHostState next, String what) {
        if (!canMoveTo(next)) {
            throw new IllegalStateException(what + " cannot go from " + this + " to " + next);
        }
        return next;
    }
}
