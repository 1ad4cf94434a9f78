package org.unplug.scsi.target;

/**
 * What a unit has to tell an initiator with its next command, once (SAM-5, 5.14; SPC-4, annex D). Of several that wait the first in
 * this order is told first.
 */
public enum UnitAttention {
    /** The unit came up, or this initiator is new to it. */
    POWER_ON(0x2900),
    /** A logical unit reset or target reset function was performed. */
    DEVICE_RESET(0x2903),
    /** This initiator's session was lost and is here again. */
    NEXUS_LOSS(0x2907),
    /** The medium was loaded, and may be another. */
    MEDIUM_CHANGED(0x2800),
    /** Another initiator changed a mode page. */
    MODE_PARAMETERS_CHANGED(0x2A01),
    /** Another initiator took this one's persistent reservation away. */
    RESERVATIONS_PREEMPTED(0x2A03),
    /** The persistent reservation that concerned this initiator was released. */
    RESERVATIONS_RELEASED(0x2A04),
    /** Another initiator took this one's registration away. */
    REGISTRATIONS_PREEMPTED(0x2A05),
    /** The number of blocks is another. */
    CAPACITY_CHANGED(0x2A09),
    /** Another initiator's command ended this one's tasks. */
    COMMANDS_CLEARED(0x2F00),
    /** The answer to INQUIRY is another. */
    INQUIRY_CHANGED(0x3F03),
    /** A unit of the target came or went. */
    LUNS_CHANGED(0x3F0E);

    private final int asc;

    UnitAttention(int asc) {
        this.asc = asc;
    }

    /** The additional sense code in the upper byte, its qualifier in the lower one. */
    public int asc() {
        return asc;
    }

    int bit() {
        return 1 << ordinal();
    }

    private static final UnitAttention[] ALL = values();

    static UnitAttention first(int bits) {
        return ALL[Integer.numberOfTrailingZeros(bits)];
    }
}
