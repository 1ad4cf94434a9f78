package org.unplug.scsi;

/** What kind of trouble sense data tells of (SPC-4, 4.5.6). */
public enum SenseKey {
    NO_SENSE(0x0, "no sense"),
    RECOVERED_ERROR(0x1, "recovered error"),
    NOT_READY(0x2, "not ready"),
    MEDIUM_ERROR(0x3, "medium error"),
    HARDWARE_ERROR(0x4, "hardware error"),
    ILLEGAL_REQUEST(0x5, "illegal request"),
    UNIT_ATTENTION(0x6, "unit attention"),
    DATA_PROTECT(0x7, "data protect"),
    BLANK_CHECK(0x8, "blank check"),
    VENDOR_SPECIFIC(0x9, "vendor specific"),
    COPY_ABORTED(0xA, "copy aborted"),
    ABORTED_COMMAND(0xB, "aborted command"),
    RESERVED_C(0xC, "reserved key C"),
    VOLUME_OVERFLOW(0xD, "volume overflow"),
    MISCOMPARE(0xE, "miscompare"),
    COMPLETED(0xF, "completed");

    private static final SenseKey[] BY_CODE = values();

    private final int code;
    private final String text;

    SenseKey(int code, String text) {
        this.code = code;
        this.text = text;
    }

    /** The key on the bus. */
    public int code() {
        return code;
    }

    /** In words. */
    public String text() {
        return text;
    }

    /** The key in the low four bits. */
    public static SenseKey of(int code) {
        return BY_CODE[code & 0x0F];
    }
}
