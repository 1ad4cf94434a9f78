package org.unplug.export.nbd.internal;

import java.nio.ByteBuffer;

/** Memory for the data of one operation, with room before it for a reply's header, so that both go out as one piece. */
final class Slot {

    static final int HEADROOM = 64;

    private final ByteBuffer frame;
    private final ByteBuffer data;

    Slot(int bytes) {
        frame = ByteBuffer.allocateDirect(HEADROOM + bytes);
        data = frame.slice(HEADROOM, bytes);
    }

    /** The data, from position 0 to a limit that its user sets. */
    ByteBuffer data() {
        return data;
    }

    /** The same memory, the data beginning at {@link #HEADROOM}. */
    ByteBuffer frame() {
        return frame;
    }

    int bytes() {
        return data.capacity();
    }
}
