package org.unplug.scsi.debug;

/** What a {@link Rule} makes go wrong. */
public enum Fault {
    /** The command is taken and never ends, until it is aborted or its unit reset, or pulled out. */
    TIME_OUT(Part.COMMAND),
    /** Queueing answers that the adapter has no room. */
    HOST_BUSY(Part.COMMAND),
    /** Queueing answers that the unit has no room. */
    DEVICE_BUSY(Part.COMMAND),
    /** Ends with CHECK CONDITION and the sense data of {@link Rule#with}, as {@code 3/11/00}: key, code and qualifier in hexadecimal. Nothing is executed. */
    SENSE(Part.COMMAND),
    /** Ends with the status that {@link Rule#with} names, as {@code TASK_SET_FULL}. Nothing is executed. */
    STATUS(Part.COMMAND),
    /** Ends with the host byte that {@link Rule#with} names, as {@code TRANSPORT_DISRUPTED}. Nothing is executed. */
    HOST_BYTE(Part.COMMAND),
    /** Takes {@link Rule#with} microseconds more. */
    SLOW(Part.COMMAND),
    /** The abort handler answers FAILED and does nothing. */
    ABORT_FAILS(Part.ABORT),
    /** The abort handler does not return until the rule is dropped or the adapter stops; then it answers FAILED. */
    ABORT_HANGS(Part.ABORT),
    /** The device reset handler answers FAILED and does nothing. */
    DEVICE_RESET_FAILS(Part.DEVICE_RESET),
    /** As {@link #ABORT_HANGS}, for the device reset handler. */
    DEVICE_RESET_HANGS(Part.DEVICE_RESET),
    /** The target reset handler answers FAILED and does nothing. */
    TARGET_RESET_FAILS(Part.TARGET_RESET),
    /** As {@link #ABORT_HANGS}, for the target reset handler. */
    TARGET_RESET_HANGS(Part.TARGET_RESET),
    /** The bus reset handler answers FAILED and does nothing. */
    BUS_RESET_FAILS(Part.BUS_RESET),
    /** As {@link #ABORT_HANGS}, for the bus reset handler. */
    BUS_RESET_HANGS(Part.BUS_RESET),
    /** The host reset handler answers FAILED and does nothing. */
    HOST_RESET_FAILS(Part.HOST_RESET),
    /** As {@link #ABORT_HANGS}, for the host reset handler. */
    HOST_RESET_HANGS(Part.HOST_RESET);

    /** Which of the adapter's calls a fault meets. */
    public enum Part {
        COMMAND,
        ABORT,
        DEVICE_RESET,
        TARGET_RESET,
        BUS_RESET,
        HOST_RESET
    }

    private final Part part;

    Fault(Part part) {
        this.part = part;
    }

    /** Which of the adapter's calls it meets. */
    public Part part() {
        return part;
    }

    /** Whether a handler that it meets does not return. */
    public boolean hangs() {
        return name().endsWith("_HANGS");
    }
}
