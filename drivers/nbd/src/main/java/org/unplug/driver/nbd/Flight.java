package org.unplug.driver.nbd;

import org.unplug.block.BlockStatus;
import org.unplug.block.spi.Request;

/** A request of ours on its way to the server and back. One for each tag, for ever. Guarded by the driver, but for what is said. */
final class Flight {

    /** Where it is. */
    enum State {
        /** Not in use. */
        IDLE,
        /** In line for a connection, or for its turn on one. Its buffers are nobody's. */
        QUEUED,
        /** Its connection's sender has it. */
        SENDING,
        /** The server has it. */
        SENT,
        /** Whoever took it out ends it, and nobody else. */
        ENDING
    }

    final int tag;
    State state = State.IDLE;
    Request request;
    /** What the server knows it by; another one each time it is sent. */
    long cookie;
    /** The connection that it is on; null while it waits for one. */
    Link link;
    /** The last word of the server has come; it may come before the last of our bytes is sent. */
    boolean answered;

    BlockStatus outcome = BlockStatus.OK;
    /** The core wants it back. */
    boolean cancelled;
    /** For a FLUSH: how many writes had been answered when it was sent. */
    long writesBefore;

    /** The connection's reading thread's: bytes of a READ that have come. */
    long received;

    Flight(int tag) {
        this.tag = tag;
    }

    void begin(Request asked) {
        request = asked;
        state = State.QUEUED;
        link = null;
        cancelled = false;
        rewind();
    }

    /** As if it had not been sent. */
    void rewind() {
        answered = false;
        outcome = BlockStatus.OK;
        received = 0;
    }

    long bytes() {
        return request.sectors() * 512;
    }
}
