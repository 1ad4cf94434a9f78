package org.unplug.bench;

import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;
import org.unplug.block.BlockStatus;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.Request;

/** A RAM disk that works on a thread of its own, one request after another, and can be told to begin later. */
final class MemoryDisk implements DiskDriver, Runnable {

    static final int SECTORS = 32_768;

    private final ByteBuffer memory;
    private final Request[] ring;
    private int head;
    private int tail;
    private boolean stopped;
    private boolean working;
    private final long pauseNanos;
    private final Thread worker = new Thread(this, "memory disk");

    MemoryDisk(ByteBuffer memory, int depth, boolean working) {
        this(memory, depth, working, 0);
    }

    /** One that pauses before each request, so that it leaves the processor to others. */
    MemoryDisk(ByteBuffer memory, int depth, boolean working, long pauseNanos) {
        this.memory = memory;
        this.pauseNanos = pauseNanos;
        this.ring = new Request[Integer.highestOneBit(depth) * 2];
        this.working = working;
        worker.setDaemon(true);
        worker.start();
    }

    /** A RAM disk that works on the submitter's thread. */
    static DiskDriver inline(ByteBuffer memory) {
        return request -> {
            move(request, memory);
            request.complete(BlockStatus.OK);
            return true;
        };
    }

    @Override
    public boolean queueRequest(Request request) {
        synchronized (this) {
            ring[head++ & ring.length - 1] = request;
        }
        return true;
    }

    @Override
    public void commit() {
        LockSupport.unpark(worker);
    }

    /** Keeps what comes from now on, until {@link #work}. */
    void pause() {
        synchronized (this) {
            working = false;
        }
    }

    void work() {
        synchronized (this) {
            working = true;
        }
        LockSupport.unpark(worker);
    }

    /** After the disk's removal. */
    void stop() {
        synchronized (this) {
            stopped = true;
        }
        LockSupport.unpark(worker);
    }

    @Override
    public void run() {
        while (true) {
            Request next = null;
            boolean end;
            synchronized (this) {
                if (working && tail != head) {
                    next = ring[tail & ring.length - 1];
                    ring[tail++ & ring.length - 1] = null;
                }
                end = stopped && tail == head;
            }
            if (next != null) {
                if (pauseNanos > 0) {
                    LockSupport.parkNanos(this, pauseNanos);
                }
                move(next, memory);
                next.complete(BlockStatus.OK);
            } else if (end) {
                return;
            } else {
                LockSupport.park(this);
            }
        }
    }

    private static void move(Request request, ByteBuffer memory) {
        int at = (int) request.sector() * 512;
        for (int i = 0; i < request.segmentCount(); i++) {
            ByteBuffer segment = request.segment(i);
            int bytes = segment.remaining();
            switch (request.op()) {
                case READ -> segment.put(segment.position(), memory, at, bytes);
                case WRITE -> memory.put(at, segment, segment.position(), bytes);
                default -> throw new IllegalArgumentException(request.toString());
            }
            at += bytes;
        }
    }
}
