package org.unplug.driver.testkit;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicLong;
import org.unplug.block.BlockStatus;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.QueueLimits;
import org.unplug.block.spi.Request;
import org.unplug.ref.Clockwork;

/**
 * A disk for tests: bytes in memory that outlive any one incarnation of the disk, completed on another thread. It can stall,
 * so that requests stay inside, and it can fail everything. With a cache, {@link #durable} shows what was flushed.
 */
public final class Platter implements DiskDriver {

    private final byte[] content;
    private final byte[] durable;
    private final boolean cache;
    private final String serial;
    private final Clockwork clockwork;

    private final Deque<Request> queue = new ArrayDeque<>();
    private boolean working;
    private boolean stalled;
    private boolean dead;
    private volatile BlockStatus failWith;
    private final AtomicLong requests = new AtomicLong();
    private final AtomicLong flushes = new AtomicLong();

    public Platter(long sectors, boolean cache, String serial, Clockwork clockwork) {
        content = new byte[(int) sectors * 512];
        durable = new byte[(int) sectors * 512];
        this.cache = cache;
        this.serial = serial;
        this.clockwork = clockwork;
    }

    public DiskSpec spec() {
        return DiskSpec.of("plat", content.length / 512)
                .withLimits(QueueLimits.DEFAULT.withWriteCache(cache, false).withWriteZeroes(true))
                .withIdentity("platter", serial)
                .withTimeouts(new DiskSpec.Timeouts(10_000, 10_000, 3_000));
    }

    @Override
    public boolean queueRequest(Request request) {
        requests.incrementAndGet();
        synchronized (queue) {
            queue.add(request);
            wake();
        }
        return true;
    }

    private void wake() {
        if (!working && !stalled) {
            working = true;
            clockwork.execute("platter", this::work);
        }
    }

    private void work() {
        while (true) {
            Request request;
            synchronized (queue) {
                request = stalled ? null : queue.poll();
                if (request == null) {
                    working = false;
                    queue.notifyAll();
                    return;
                }
            }
            request.complete(perform(request));
        }
    }

    private BlockStatus perform(Request request) {
        BlockStatus failure = failWith;
        if (failure != null) {
            return failure;
        }
        synchronized (content) {
            if (dead) {
                return BlockStatus.GONE;
            }
            int at = (int) request.sector() * 512;
            switch (request.op()) {
                case READ -> {
                    for (int i = 0; i < request.segmentCount(); i++) {
                        ByteBuffer into = request.segment(i).duplicate();
                        int bytes = into.remaining();
                        into.put(content, at, bytes);
                        at += bytes;
                    }
                }
                case WRITE -> {
                    for (int i = 0; i < request.segmentCount(); i++) {
                        ByteBuffer from = request.segment(i).duplicate();
                        int bytes = from.remaining();
                        from.get(content, at, bytes);
                        at += bytes;
                    }
                }
                case WRITE_ZEROES -> Arrays.fill(content, at, at + (int) request.sectors() * 512, (byte) 0);
                case FLUSH -> {
                    flushes.incrementAndGet();
                    System.arraycopy(content, 0, durable, 0, content.length);
                }
                case DISCARD -> {
                    return BlockStatus.NOTSUPP;
                }
            }
            return BlockStatus.OK;
        }
    }

    @Override
    public void cancel(Request request) {
        synchronized (queue) {
            if (!queue.remove(request)) {
                return;
            }
        }
        request.complete(BlockStatus.GONE);
    }

    /** From now on requests stay inside. */
    public void stall() {
        synchronized (queue) {
            stalled = true;
        }
    }

    public void goOn() {
        synchronized (queue) {
            stalled = false;
            wake();
        }
    }

    /** How many requests it keeps. */
    public int waiting() {
        synchronized (queue) {
            return queue.size();
        }
    }

    /** The power or the cable is gone: everything fails GONE until {@link #powerOn}. */
    public void powerOff() {
        synchronized (content) {
            dead = true;
        }
    }

    /** It is there again, and has lost what was in its cache, if it has one and that is asked for. */
    public void powerOn(boolean cacheLost) {
        synchronized (content) {
            dead = false;
            if (cacheLost && cache) {
                System.arraycopy(durable, 0, content, 0, content.length);
            }
        }
    }

    /** Everything fails so, or works if null. */
    public void failWith(BlockStatus status) {
        failWith = status;
    }

    public long requests() {
        return requests.get();
    }

    public long flushes() {
        return flushes.get();
    }

    /** A copy of what a reader would see. */
    public byte[] content() {
        synchronized (content) {
            return content.clone();
        }
    }

    /** A copy of what a power cut leaves. */
    public byte[] durable() {
        synchronized (content) {
            return durable.clone();
        }
    }

    /** Writes behind everybody's back. */
    public void scribble(long sector, byte[] bytes) {
        synchronized (content) {
            System.arraycopy(bytes, 0, content, (int) sector * 512, bytes.length);
        }
    }
}
