package org.unplug.scsi;

/** The status byte that a device server ends a command with (SAM-5, 5.3.1). */
public enum ScsiStatus {
    GOOD(0x00),
    CHECK_CONDITION(0x02),
    CONDITION_MET(0x04),
    BUSY(0x08),
    RESERVATION_CONFLICT(0x18),
    TASK_SET_FULL(0x28),
    ACA_ACTIVE(0x30),
    TASK_ABORTED(0x40);

    private final int code;

    ScsiStatus(int code) {
        this.code = code;
    }

    /** The byte on the bus. */
    public int code() {
        return code;
    }

    /**
     * The status with this byte.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static ScsiStatus of(int code) {
        for (ScsiStatus status : values()) {
            if (status.code == code) {
                return status;
            }
        }
        throw new IllegalArgumentException("no SCSI status has the code 0x" + Integer.toHexString(code));
    }
}
