package org.unplug.driver.mmcsim;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** What a card's cells are made of. One thread at a time. */
interface Media extends Closeable {

    /** How much there is; the card may use less. */
    long bytes();

    boolean isReadOnly();

    /** Whether a transfer costs no more than the copying, so that it may be done on anybody's thread. */
    boolean isMemory();

    /** Fills a part of a buffer, whose position and limit stay. */
    void read(long at, ByteBuffer into, int index, int length) throws IOException;

    /** Stores a part of a buffer, whose position and limit stay. */
    void write(long at, ByteBuffer from, int index, int length) throws IOException;

    /** Erases: these bytes read as zeroes afterwards. */
    void zero(long at, long length) throws IOException;
}
