package org.unplug.fs.internal.pagecache;

import java.nio.ByteBuffer;
import org.unplug.block.BlockStatus;
import org.unplug.fs.spi.Volume.Stage;
import org.unplug.fs.spi.WriteErrors;

/**
 * 16 KiB of a disk. A mask has a bit for each unit (logical block) of the page. Everything is guarded by the cache's monitor but
 * the bytes: those of a unit belong to whoever holds it in {@code reading} (the device), {@code writing} (the device, others
 * may read), {@code editing} (a writer), and else to the readers that the file system admits.
 */
final class Page {
    static final int SHIFT = 14;
    static final int BYTES = 1 << SHIFT;

    /** Number on the disk: its offset is {@code index << SHIFT}. */
    final long index;
    /** The units that the disk has here: fewer than all on its last page. */
    final int present;

    Frame frame;
    /** The frame's. */
    ByteBuffer bytes;

    int valid;
    int reading;
    int writing;
    int editing;
    final int[] dirty = new int[Stage.values().length];
    /** Who wants to keep it, transfers included. */
    int pins;
    /** How the last read of it failed. */
    BlockStatus readError;
    /** Told when writing back fails; the volume's own if several files share the page. */
    WriteErrors errors;

    Page hashNext;
    Page older;
    Page newer;
    boolean listed;

    Page(long index, int present) {
        this.index = index;
        this.present = present;
    }

    void setFrame(Frame newFrame) {
        frame = newFrame;
        bytes = newFrame.bytes;
    }

    long offset() {
        return index << SHIFT;
    }

    int dirtyUnits() {
        int all = 0;
        for (int mask : dirty) {
            all |= mask;
        }
        return all;
    }

    /** Whether nobody would miss it. */
    boolean idle() {
        return isUnused() && dirtyUnits() == 0;
    }

    /** Whether nobody is at its bytes. */
    boolean isUnused() {
        return pins == 0 && (reading | writing | editing) == 0;
    }
}
