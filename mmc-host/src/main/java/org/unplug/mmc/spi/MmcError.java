package org.unplug.mmc.spi;

/** What went wrong on the bus, as the adapter sees it. What the card itself complains of is in its status. */
public enum MmcError {
    NONE,
    /** No response, or no data, in time. */
    TIMEOUT,
    /** A checksum, end bit or opcode was wrong. */
    CRC,
    /** The adapter cannot do this, or refuses it. */
    INVALID,
    /** There is no card in the slot: final, the card that was there is lost. */
    NO_MEDIUM
}
