package org.unplug.driver.flakey.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.unplug.block.BlockException;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.Request;
import org.unplug.block.stack.PassDriver;
import org.unplug.block.stack.Upper;
import org.unplug.driver.flakey.PowerControl;
import org.unplug.ref.Clockwork;

/**
 * Keeps writes in a volatile cache until a flush.
 *
 * <p><b>Theory of operation.</b> A write ends when it is in the cache; a read overlays what it found cached when it came. A flush,
 * or a cache that is full, writes everything down on a thread of its own: meanwhile what comes waits, and afterwards is taken
 * up in order, so that nothing is ever written down twice or out of order. A write with forced unit access goes to the lower
 * disk itself, and voids what is cached of its sectors.
 *
 * <p>A lower disk that has no write cache of its own is not asked for FLUSH when this driver stands in an open disk's queue; the
 * limits say that it must be.
 */
final class FlakeyDriver extends PassDriver<Cached> implements PowerControl {

    private static final long CLOSE_NANOS = 5_000_000_000L;

    private enum State {
        ON,
        /** Writes the cache down; what comes waits. */
        FLUSHING,
        OFF,
        DEAD
    }

    private final long cacheBytes;
    private final SplittableRandom random;
    private volatile Upper upper;

    /** Guarded by this, as all below. */
    private final VolatileCache cache = new VolatileCache();

    private final List<Cached> waiting = new ArrayList<>();
    private State state = State.ON;

    FlakeyDriver(DiskHandle below, long cacheBytes, long seed, Clockwork clockwork) {
        super(below, clockwork);
        this.cacheBytes = cacheBytes;
        random = new SplittableRandom(seed);
    }

    @Override
    public DiskSpec spec(DiskSpec derived) {
        return derived.withLimits(derived.limits().withWriteCache(true, true).withDiscard(false));
    }

    @Override
    public void attached(Upper above) {
        upper = above;
    }

    @Override
    public Map<Class<?>, Object> services() {
        return Map.of(PowerControl.class, this);
    }

    @Override
    protected Cached newPassage() {
        return new Cached();
    }

    @Override
    protected void handle(Cached passage) {
        Request request = passage.request();
        Map<Long, ByteBuffer> overlay = Map.of();
        boolean down = false;
        boolean flush = false;
        BlockStatus end = BlockStatus.OK;
        synchronized (this) {
            if (state == State.FLUSHING) {
                waiting.add(passage);
                return;
            }
            if (state != State.ON) {
                end = failure();
            } else {
                switch (request.op()) {
                    case READ -> {
                        down = true;
                        overlay = cache.newest(request.sector(), request.sectors());
                    }
                    case WRITE, WRITE_ZEROES -> {
                        if (request.fua()) {
                            cache.forget(request.sector(), request.sectors());
                            down = true;
                        } else {
                            cache.put(request);
                            flush = cache.bytes() > cacheBytes;
                        }
                    }
                    case FLUSH -> {
                        flush = true;
                        waiting.add(passage);
                    }
                    case DISCARD -> end = BlockStatus.NOTSUPP;
                }
                if (flush) {
                    state = State.FLUSHING;
                }
            }
        }
        boolean waits = flush && request.op() == org.unplug.block.BioOp.FLUSH;
        if (flush) {
            clockwork().execute("flush of " + below().info().name(), this::writeDown);
        }
        if (down) {
            passage.down(overlay);
        } else if (!waits) {
            passage.end(end, false);
        }
    }

    private BlockStatus failure() {
        return state == State.DEAD ? BlockStatus.GONE : BlockStatus.IOERR;
    }

    private void writeDown() {
        List<VolatileCache.Write> writes;
        synchronized (this) {
            writes = cache.toFlush();
        }
        BlockStatus status = BlockStatus.OK;
        try {
            for (VolatileCache.Write write : writes) {
                below().write(write.sector(), write.data());
            }
            below().flush();
        } catch (BlockException e) {
            status = e.status();
        } catch (IOException | RuntimeException e) {
            status = BlockStatus.IOERR;
        }
        List<Cached> resumed;
        synchronized (this) {
            if (status == BlockStatus.OK) {
                cache.clear();
            }
            resumed = new ArrayList<>(waiting);
            waiting.clear();
            if (state == State.FLUSHING) {
                state = State.ON;
            }
            notifyAll();
        }
        // The flushes that waited from before are answered; all else, a flush that came meanwhile too, begins again.
        boolean first = true;
        for (Cached passage : resumed) {
            if (first && passage.request().op() == org.unplug.block.BioOp.FLUSH) {
                passage.end(status, false);
            } else {
                handle(passage);
            }
            first = false;
        }
    }

    /** Taken out of a disk that lives on, or removed in order: what is cached goes to the lower disk. */
    @Override
    protected void closed() {
        synchronized (this) {
            if (state != State.ON || cache.bytes() == 0) {
                return;
            }
            state = State.FLUSHING;
        }
        clockwork().execute("last flush of " + below().info().name(), this::writeDown);
        long deadline = clockwork().nanoTime() + CLOSE_NANOS;
        synchronized (this) {
            while (state == State.FLUSHING && clockwork().nanoTime() - deadline < 0) {
                clockwork().await(this, deadline - clockwork().nanoTime());
            }
        }
    }

    @Override
    public int cut(Fate fate, Then then) throws IOException {
        List<VolatileCache.Write> through;
        int lost;
        synchronized (this) {
            while (state == State.FLUSHING) {
                clockwork().await(this, 1_000_000_000);
            }
            if (state != State.ON) {
                return 0;
            }
            state = then == Then.DIES ? State.DEAD : State.OFF;
            through = cache.survivors(fate, random);
            lost = cache.count() - through.size();
            cache.clear();
        }
        try {
            for (VolatileCache.Write write : through) {
                below().write(write.sector(), write.data());
            }
            below().flush();
        } finally {
            Upper above = upper;
            if (then == Then.DIES && above != null) {
                above.orphan();
            }
        }
        return lost;
    }

    @Override
    public synchronized void powerOn() {
        if (state == State.OFF) {
            state = State.ON;
        }
    }

    @Override
    public synchronized boolean isOn() {
        return state == State.ON || state == State.FLUSHING;
    }

    @Override
    public synchronized long volatileBytes() {
        return cache.bytes();
    }
}
