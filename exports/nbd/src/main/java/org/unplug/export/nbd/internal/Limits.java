package org.unplug.export.nbd.internal;

/**
 * What peers may take.
 *
 * @param connections most at once; more are closed at once
 * @param inFlightBytes most buffer memory for one connection; it is not read from while that is used up
 * @param socketBufferBytes what the kernel is asked to hold of what a client has not taken yet; 0: what it thinks best
 * @param handshakeMs within which a client must have chosen an export
 * @param stallMs how long a message that was begun may stand still, and how long a client may not take its replies
 * @param idleMs how long a client may ask for nothing; 0: for ever
 * @param lingerMs how long a client whose disk has gone is answered ESHUTDOWN before it is cut off; 0: not at all
 * @param stayAwakeMicros how long a thread that has nothing to do yields and looks again before it sleeps; 0: not at all
 */
record Limits(
        int connections,
        int inFlightBytes,
        int socketBufferBytes,
        long handshakeMs,
        long stallMs,
        long idleMs,
        long lingerMs,
        int stayAwakeMicros) {

    static final Limits DEFAULT = new Limits(128, 4 << 20, 1 << 20, 10_000, 30_000, 0, 1_000, 100);

    Limits {
        if (connections < 1 || handshakeMs < 1 || stallMs < 1 || idleMs < 0 || lingerMs < 0) {
            throw new IllegalArgumentException("limits must be positive: " + connections + " connections, handshake "
                    + handshakeMs + " ms, stall " + stallMs + " ms, idle " + idleMs + " ms, linger " + lingerMs
                    + " ms");
        }
        if (inFlightBytes < SlotPool.PIECE_BYTES) {
            throw new IllegalArgumentException(
                    inFlightBytes + " bytes in flight: must be at least " + SlotPool.PIECE_BYTES);
        }
        if (stayAwakeMicros < 0 || stayAwakeMicros > 1_000_000) {
            throw new IllegalArgumentException(stayAwakeMicros + " us awake: must be between 0 and a million");
        }
        if (socketBufferBytes < 0) {
            throw new IllegalArgumentException(socketBufferBytes + " bytes of a socket's buffer: must not be negative");
        }
    }
}
