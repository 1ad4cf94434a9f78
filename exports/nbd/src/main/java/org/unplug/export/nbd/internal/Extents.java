package org.unplug.export.nbd.internal;

import java.nio.ByteBuffer;
import org.unplug.nbd.Transmission;

/** Runs of bytes that are alike, one after the other, as BLOCK_STATUS tells them. */
final class Extents {

    private static final int MOST = 64;

    private final long[] lengths = new long[MOST];
    private final int[] states = new int[MOST];
    private int count;

    /** Appends a run, or lengthens the last one; false if there is no room. */
    boolean add(long length, int state) {
        if (count > 0 && states[count - 1] == state) {
            lengths[count - 1] += length;
            return true;
        }
        if (count == MOST) {
            return false;
        }
        lengths[count] = length;
        states[count] = state;
        count++;
        return true;
    }

    int count() {
        return count;
    }

    /** Leaves only the first run. */
    void onlyFirst() {
        count = Math.min(count, 1);
    }

    /** The payload's length. */
    int bytes(boolean extended) {
        return extended ? 8 + 16 * count : 4 + 8 * count;
    }

    /** Appends the payload of a chunk: context, and the runs. */
    void encode(ByteBuffer to, boolean extended) {
        to.putInt(Negotiation.CONTEXT);
        if (extended) {
            to.putInt(count);
        }
        for (int i = 0; i < count; i++) {
            if (extended) {
                to.putLong(lengths[i]).putLong(states[i]);
            } else {
                to.putInt((int) lengths[i]).putInt(states[i]);
            }
        }
    }

    /** What a run of zeroes is: it reads as zeroes; whether space is taken for it, a disk does not say. */
    static final int ZEROES = Transmission.STATE_ZERO;

    static final int DATA = 0;
}
