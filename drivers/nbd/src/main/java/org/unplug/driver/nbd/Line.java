package org.unplug.driver.nbd;

import java.io.IOException;
import org.unplug.nbd.NbdUri;
import org.unplug.nbd.Wire;

/**
 * What a link runs over: a connection's wire, and a way to wait until there is something to do with it. In production a socket
 * and a selector, in the laboratory a cable that can be looked at.
 */
interface Line {

    /** Makes lines. */
    interface Opener {
        /** A line to a server, not connected yet; the caller closes it. */
        Line open(NbdUri server) throws IOException;
    }

    /** Blocks until the server has accepted. */
    void connect() throws IOException;

    /** Its bytes. Blocks until {@link #unblock}, and not from then on. */
    Wire wire();

    /** From now on reads and writes do not wait; {@link #await} does. Called once, when it is connected. */
    void unblock() throws IOException;

    /**
     * Waits until there are bytes, or somebody wakes it, or for so long; called by one thread.
     *
     * @param orRoom room to write is waited for, too
     * @return whether there is room; false where it was not waited for
     * @throws java.io.EOFException if it was closed
     */
    boolean await(boolean orRoom, long timeoutMs) throws IOException;

    /** Has {@link #await} return, now or the next time. */
    void wake();

    /** Ends the connection, and whoever connects, reads, writes or waits. Any thread may call; idempotent. */
    void close();
}
