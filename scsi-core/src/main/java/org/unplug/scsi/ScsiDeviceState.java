package org.unplug.scsi;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * The life of a logical unit. What may pass in each state stands at its constant; the arrows are data.
 *
 * <p>The arrows are those of Linux 7.0's {@code scsi_device_set_state}: staying where one is always succeeds, every other
 * move that the table does not name is refused.
 */
public enum ScsiDeviceState {
    /** Found, not in use. Only the core's own commands pass. */
    CREATED(Passage.INTERNAL),
    /** In use. Everything passes. */
    RUNNING(Passage.ALL),
    /** Quiesced. Disk requests wait, the core's own commands pass. */
    QUIESCE(Passage.QUIET),
    /** The error handler gave it up; it may be brought back. Requests fail IOERR. */
    OFFLINE(Passage.FAIL),
    /** The path to it has failed. Requests fail IOERR; or GONE, once it is known that it does not come back. */
    TRANSPORT_OFFLINE(Passage.FAIL),
    /** The driver has blocked it for a while. Everything waits. */
    BLOCK(Passage.WAIT),
    /** Blocked before it was in use. Everything waits. */
    CREATED_BLOCK(Passage.WAIT),
    /** Its removal has refused. Requests fail GONE, the core's own commands pass. */
    CANCEL(Passage.INTERNAL),
    /** Removed. Nothing passes. */
    DEL(Passage.GONE);

    /** What happens to a command that arrives in a state. */
    public enum Passage {
        /** Every command passes. */
        ALL,
        /** The core's own commands pass; a disk's request fails GONE. */
        INTERNAL,
        /** The core's own commands pass; a disk's request comes again later. */
        QUIET,
        /** Every command comes again later. */
        WAIT,
        /** Every command fails IOERR. */
        FAIL,
        /** Every command fails GONE. */
        GONE;

        /** Whether a disk's request comes again later. */
        public boolean diskWaits() {
            return this == QUIET || this == WAIT;
        }

        /** Whether a command of the core's own comes again later, rather than to pass or to fail. */
        public boolean coreWaits() {
            return this == WAIT;
        }

        /** Whether a command of the core's own fails. */
        public boolean coreFails() {
            return this == FAIL || this == GONE;
        }
    }

    private static final Map<ScsiDeviceState, Set<ScsiDeviceState>> LEGAL_FROM = new EnumMap<>(ScsiDeviceState.class);

    static {
        LEGAL_FROM.put(CREATED, EnumSet.of(CREATED_BLOCK));
        LEGAL_FROM.put(RUNNING, EnumSet.of(CREATED, OFFLINE, TRANSPORT_OFFLINE, QUIESCE, BLOCK));
        LEGAL_FROM.put(QUIESCE, EnumSet.of(RUNNING, OFFLINE, TRANSPORT_OFFLINE));
        LEGAL_FROM.put(OFFLINE, EnumSet.of(CREATED, RUNNING, QUIESCE, BLOCK));
        LEGAL_FROM.put(TRANSPORT_OFFLINE, EnumSet.of(CREATED, RUNNING, QUIESCE, BLOCK));
        LEGAL_FROM.put(BLOCK, EnumSet.of(RUNNING, CREATED_BLOCK, QUIESCE, OFFLINE));
        LEGAL_FROM.put(CREATED_BLOCK, EnumSet.of(CREATED));
        LEGAL_FROM.put(CANCEL, EnumSet.of(CREATED, RUNNING, QUIESCE, OFFLINE, TRANSPORT_OFFLINE));
        LEGAL_FROM.put(DEL, EnumSet.of(CREATED, RUNNING, OFFLINE, TRANSPORT_OFFLINE, CANCEL, BLOCK, CREATED_BLOCK));
    }

    private final Passage passage;

    ScsiDeviceState(Passage passage) {
        this.passage = passage;
    }

    public Passage passage() {
        return passage;
    }

    /** Whether there is such an arrow; staying is one. */
    public boolean canMoveTo(ScsiDeviceState next) {
        return this == next || LEGAL_FROM.get(next).contains(this);
    }

    /**
     * The next state, if there is such an arrow.
     *
     * @param what the object that moves, for the diagnosis
     * @throws IllegalStateException naming object, from and to
     */
    public ScsiDeviceState moveTo(ScsiDeviceState next, String what) {
        if (!canMoveTo(next)) {
            throw new IllegalStateException(what + " cannot go from " + this + " to " + next);
        }
        return next;
    }
}
