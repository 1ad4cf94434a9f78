package org.unplug.mmc.spi;

import java.nio.ByteBuffer;

/**
 * The data of a request: a run of blocks in buffers, in order. Bytes from a buffer's position to its limit are the data; the
 * adapter leaves position and limit as they are, and a block may span buffers.
 */
public final class MmcData {

    private boolean write;
    private int blockBytes;
    private int blocks;
    private ByteBuffer[] segments = {};
    private int segmentCount;
    private long doneBytes;
    private MmcError error = MmcError.NONE;

    /** Sets a transfer; the array stays the caller's and is not changed until the request ended. */
    public MmcData set(boolean toCard, int bytesInBlock, int blockCount, ByteBuffer[] buffers, int count) {
        write = toCard;
        blockBytes = bytesInBlock;
        blocks = blockCount;
        segments = buffers;
        segmentCount = count;
        doneBytes = 0;
        error = MmcError.NONE;
        return this;
    }

    /** Whether the data goes to the card. */
    public boolean isWrite() {
        return write;
    }

    public int blockBytes() {
        return blockBytes;
    }

    public int blocks() {
        return blocks;
    }

    public long bytes() {
        return (long) blockBytes * blocks;
    }

    public int segmentCount() {
        return segmentCount;
    }

    public ByteBuffer segment(int index) {
        return segments[index];
    }

    /** The adapter's account: how much was moved, and what stopped it, or NONE. */
    public void transferred(long bytes, MmcError why) {
        doneBytes = bytes;
        error = why;
    }

    /** Bytes that were moved for sure, from the beginning on. */
    public long doneBytes() {
        return doneBytes;
    }

    public MmcError error() {
        return error;
    }
}
