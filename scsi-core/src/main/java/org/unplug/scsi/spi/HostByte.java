package org.unplug.scsi.spi;

/** How the adapter and the transport fared with a command, before any status from the unit. Models the host byte of Linux. */
public enum HostByte {
    /** The command reached the unit: the status byte tells the rest. */
    OK,
    /** There is nobody at this address, or not any more. Not tried again. */
    NO_CONNECT,
    /** The bus stayed busy. Tried again. */
    BUS_BUSY,
    /** The unit did not answer in time. */
    TIME_OUT,
    /** There is no such target. Not tried again. */
    BAD_TARGET,
    /** Let go on the core's wish. */
    ABORT,
    /** The data was damaged on its way. Tried again. */
    PARITY,
    /** The adapter failed. Tried again. */
    ERROR,
    /** Let go because something was reset. Tried again. */
    RESET,
    /** Asks to be tried again, and counts as a try. */
    SOFT_ERROR,
    /** Asks to be tried again later, and does not count as a try. */
    REQUEUE,
    /** The transport was interrupted. Tried again. */
    TRANSPORT_DISRUPTED
}
