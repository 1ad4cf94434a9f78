package org.unplug.lab.internal.load;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.unplug.block.BlockStatus;

/**
 * The account of our own requests on one incarnation of a disk: begun, ended, ended twice, how, how long it took, and what was
 * inside when. Independent of what the block layer counts. Any thread may call.
 */
public final class Ledger {

    /** One request that may be begun again once it ended. */
    public static final class Entry {
        private boolean under;
        private boolean afterRefusal;
        private long beganNanos;
    }

    private final LongAdder begun = new LongAdder();
    private final LongAdder ended = new LongAdder();
    private final LongAdder twice = new LongAdder();
    private final LongAdder afterRefusal = new LongAdder();
    private final Map<BlockStatus, LongAdder> statuses = counters();
    private final Map<BlockStatus, LongAdder> notGone = counters();
    private final AtomicLong lastEnd = new AtomicLong();
    private final AtomicLong longestGap = new AtomicLong();
    private final AtomicLong firstGone = new AtomicLong();
    private final Pulse pulse;
    private volatile boolean refused;

    private static Map<BlockStatus, LongAdder> counters() {
        Map<BlockStatus, LongAdder> map = new EnumMap<>(BlockStatus.class);
        for (BlockStatus status : BlockStatus.values()) {
            map.put(status, new LongAdder());
        }
        return map;
    }

    /** @param pulse where completions are drawn */
    public Ledger(Pulse pulse) {
        this.pulse = pulse;
    }

    /** A request is about to be submitted. */
    public void begin(Entry entry, long nowNanos) {
        synchronized (entry) {
            entry.under = true;
            entry.beganNanos = nowNanos;
            entry.afterRefusal = refused;
            if (entry.afterRefusal) {
                afterRefusal.increment();
            }
        }
        begun.increment();
        pulse.began(nowNanos);
    }

    /** A request ended; false if it had ended before, which is noted and nothing else. */
    public boolean end(Entry entry, BlockStatus status, long nowNanos) {
        boolean late;
        long began;
        synchronized (entry) {
            if (!entry.under) {
                twice.increment();
                return false;
            }
            entry.under = false;
            late = entry.afterRefusal;
            began = entry.beganNanos;
        }
        statuses.get(status).increment();
        if (late && status != BlockStatus.GONE) {
            notGone.get(status).increment();
        }
        if (status == BlockStatus.GONE) {
            firstGone.compareAndSet(0, nowNanos);
        }
        long before = lastEnd.getAndSet(nowNanos);
        if (before != 0) {
            longestGap.accumulateAndGet(nowNanos - before, Math::max);
        }
        pulse.ended(nowNanos, nowNanos - began, status.ok());
        ended.increment();
        return true;
    }

    /** Requests that begin from now on must end GONE. */
    public void refused() {
        refused = true;
    }

    public long begun() {
        return begun.sum();
    }

    public long ended() {
        return ended.sum();
    }

    public long twice() {
        return twice.sum();
    }

    /** How many are inside now; a glimpse. */
    public long inside() {
        long out = ended.sum();
        return Math.max(0, begun.sum() - out);
    }

    public long begunAfterRefusal() {
        return afterRefusal.sum();
    }

    /** When the first one ended GONE, on our clock; 0 if none did. */
    public long firstGoneNanos() {
        return firstGone.get();
    }

    /** How they ended, without the ways in which none did. */
    public Map<BlockStatus, Long> statuses() {
        return sums(statuses);
    }

    /** How those ended that began after the refusal and did not end GONE. */
    public Map<BlockStatus, Long> notGone() {
        return sums(notGone);
    }

    private static Map<BlockStatus, Long> sums(Map<BlockStatus, LongAdder> counters) {
        Map<BlockStatus, Long> sums = new EnumMap<>(BlockStatus.class);
        counters.forEach((status, count) -> {
            if (count.sum() > 0) {
                sums.put(status, count.sum());
            }
        });
        return sums;
    }

    /** Begins to look for the longest time without an end. */
    public void watchGaps(long nowNanos) {
        lastEnd.set(nowNanos);
        longestGap.set(0);
    }

    /** The longest time without an end since the watch began, the time since the last end included. */
    public long longestGapNanos(long nowNanos) {
        return Math.max(longestGap.get(), nowNanos - lastEnd.get());
    }
}
