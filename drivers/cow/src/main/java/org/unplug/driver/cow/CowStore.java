package org.unplug.driver.cow;

import org.unplug.block.stack.Fan;

/** Where the writes go. Places are in blocks. */
interface CowStore {

    long places();

    /** Sends a piece of a request to or from a run of places; it may be done when this returns, or be a piece of the fan. */
    void send(Fan fan, long place, long offsetSectors, long sectors);

    /** Sends a flush if there is anything to flush. */
    void flush(Fan fan);
}
