package org.unplug.block;

/** How a request ended. A device's fault is a value; a caller's mistake throws instead. */
public enum BlockStatus {
    /** Done. A write is in the device, perhaps in its cache: {@link BioOp#FLUSH} makes it durable. */
    OK("done"),
    /** The device is not there any more; no request on this handle will ever succeed. */
    GONE("the device is gone"),
    /** This request failed; the device is still there. */
    IOERR("input/output error"),
    /** The medium could not be read or written at this place. */
    MEDIUM("medium error"),
    /** The medium is write protected. */
    PROTECTED("write protected"),
    /** The device (thinly provisioned, or a file behind it) has no space for this write. */
    NOSPACE("no space on the device"),
    /** The device did not answer in time. */
    TIMEOUT("timed out"),
    /** The device has no such operation. */
    NOTSUPP("operation not supported"),
    /** Not now: the same request may succeed later. */
    AGAIN("busy, try again");

    private final String text;

    BlockStatus(String text) {
        this.text = text;
    }

    public boolean ok() {
        return this == OK;
    }

    /** In words, for messages. */
    public String text() {
        return text;
    }
}
