package org.unplug.scsi.target;

import java.nio.ByteBuffer;
import org.unplug.block.BlockStatus;

/**
 * What a {@link Backing} is asked for: a range, and the buffers for it. Belongs to a task and is used again. Buffers keep their
 * position and limit; the bytes between them are the data, together {@link #bytes} many; there is none for a discard or a sync.
 */
public final class Io {

    private final Task task;
    private long offsetBytes;
    private long bytes;
    private ByteBuffer[] own;
    private int ownCount;
    private boolean ofTask;

    Io(Task task) {
        this.task = task;
    }

    /** Where it begins. */
    public long offsetBytes() {
        return offsetBytes;
    }

    /** How long it is. */
    public long bytes() {
        return bytes;
    }

    /** How many buffers there are. */
    public int segmentCount() {
        return ofTask ? task.segmentCount() : ownCount;
    }

    /** A buffer. */
    public ByteBuffer segment(int index) {
        return ofTask ? task.segment(index) : own[index];
    }

    /** Ends the operation that returned null; called once. */
    public void ended(BlockStatus status) {
        task.resume(status);
    }

    /** The task's own buffers as they are. */
    Io ofTask(long offset, long length) {
        offsetBytes = offset;
        bytes = length;
        ofTask = true;
        return this;
    }

    /** Other buffers. */
    Io of(long offset, long length, ByteBuffer[] buffers, int count) {
        offsetBytes = offset;
        bytes = length;
        own = buffers;
        ownCount = count;
        ofTask = false;
        return this;
    }

    /** No buffers: a range to discard. */
    Io range(long offset, long length) {
        return of(offset, length, null, 0);
    }

    void forget() {
        own = null;
        ownCount = 0;
    }
}
