package org.unplug.driver.nbd;

import org.unplug.nbd.Transmission;

/**
 * What a server says of an export.
 *
 * @param bytes its size
 * @param flags transmission flags
 * @param leastBlock the least unit of addressing, in bytes
 * @param mostPayload the most data in one request, in bytes
 * @param description what it is, in the server's words; empty if it does not say. Of another medium it says something else, if anything
 *     does
 */
record Remote(long bytes, int flags, int leastBlock, int mostPayload, String description) {

    /** What holds where a server does not speak of block sizes. */
    static final int USUAL_BLOCK = 512;

    boolean can(int flag) {
        return (flags & flag) != 0;
    }

    /** Whether several connections see each other's flushes. */
    boolean allowsSeveral() {
        return can(Transmission.CAN_MULTI_CONN) || can(Transmission.READ_ONLY);
    }
}
