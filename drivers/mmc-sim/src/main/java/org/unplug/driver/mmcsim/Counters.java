package org.unplug.driver.mmcsim;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.unplug.mmc.sim.SlotCounters;

/** Counts; refers to nothing, so that it can be kept for ever. */
final class Counters implements SlotCounters {

    private final AtomicLong entered = new AtomicLong();
    private final AtomicLong exited = new AtomicLong();
    private final LongAdder afterStop = new LongAdder();
    private final LongAdder requests = new LongAdder();
    private final LongAdder completed = new LongAdder();
    private final LongAdder completedTwice = new LongAdder();
    private final LongAdder noMedium = new LongAdder();
    private final LongAdder read = new LongAdder();
    private final LongAdder written = new LongAdder();
    private volatile long insideAtStop = -1;
    private volatile long stopNanos;
    private volatile boolean stopped;

    void enter() {
        entered.incrementAndGet();
        if (stopped) {
            afterStop.increment();
        }
    }

    void exit() {
        exited.incrementAndGet();
    }

    void request() {
        requests.increment();
    }

    void complete(boolean first, boolean empty) {
        if (first) {
            completed.increment();
        } else {
            completedTwice.increment();
        }
        if (empty) {
            noMedium.increment();
        }
    }

    void moved(boolean write, long bytes) {
        (write ? written : read).add(bytes);
    }

    /** The unregistration of the service has returned. */
    void stopped(long nanos) {
        stopped = true;
        stopNanos = nanos;
        insideAtStop = callsInside();
    }

    @Override
    public long callsEntered() {
        return entered.get();
    }

    @Override
    public long callsExited() {
        return exited.get();
    }

    @Override
    public long callsInside() {
        // Exits first: a call that comes and goes in between is counted as inside, not as a negative one.
        long out = exited.get();
        return entered.get() - out;
    }

    @Override
    public long callsInsideAtStop() {
        return insideAtStop;
    }

    @Override
    public long callsAfterStop() {
        return afterStop.sum();
    }

    @Override
    public long requests() {
        return requests.sum();
    }

    @Override
    public long completed() {
        return completed.sum();
    }

    @Override
    public long completedTwice() {
        return completedTwice.sum();
    }

    @Override
    public long noMedium() {
        return noMedium.sum();
    }

    @Override
    public long bytesRead() {
        return read.sum();
    }

    @Override
    public long bytesWritten() {
        return written.sum();
    }

    @Override
    public long stopNanos() {
        return stopNanos;
    }
}
