package org.unplug.block.internal.partition;

/** A copy of a partition table that cannot be believed; the message says why, beginning with "it". */
final class BadTableException extends Exception {
    private static final long serialVersionUID = 1;

    BadTableException(String message) {
        super(message);
    }
}
