package org.unplug.fs.internal.pagecache;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Memory for one page: a part of a slab, so that neighbours can be handed to a disk as one buffer. Immutable but for its bytes. */
final class Frame {
    final ByteBuffer bytes;
    private final ByteBuffer slab;
    private final int at;
    /** The one that ends in memory where this begins; null for the slab's first. */
    private final Frame before;

    private Frame(ByteBuffer slab, int at, Frame before) {
        this.slab = slab;
        this.at = at;
        this.before = before;
        bytes = slab.slice(at, Page.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** New memory for so many pages, in its order. */
    static List<Frame> slab(int pages) {
        ByteBuffer slab = ByteBuffer.allocateDirect(pages * Page.BYTES);
        List<Frame> frames = new ArrayList<>(pages);
        for (int i = 0; i < pages; i++) {
            frames.add(new Frame(slab, i * Page.BYTES, i == 0 ? null : frames.get(i - 1)));
        }
        return frames;
    }

    /** Whether another one begins in memory where this ends. */
    boolean isBefore(Frame other) {
        return other.before == this;
    }

    /** Memory from within this one on, which may go on into the frames that follow it. */
    ByteBuffer from(int offset, int length) {
        return slab.slice(at + offset, length);
    }
}
