package org.unplug.lab.internal.load;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The course of a side's load over time, in buckets: what was inside, how many ended, how long the slowest took. A ring;
 * what is older than its length is overwritten. Any thread may call; figures of the running bucket are glimpses.
 */
public final class Pulse {

    /** The width of a bucket. */
    public static final long BUCKET_NANOS = 5_000_000;

    private static final int BUCKETS = 4096;

    private final long originNanos;
    private final AtomicLongArray numbers = new AtomicLongArray(BUCKETS);
    private final AtomicIntegerArray ends = new AtomicIntegerArray(BUCKETS);
    private final AtomicIntegerArray failures = new AtomicIntegerArray(BUCKETS);
    private final AtomicIntegerArray inside = new AtomicIntegerArray(BUCKETS);
    private final AtomicIntegerArray stay = new AtomicIntegerArray(BUCKETS);
    private final AtomicLongArray slowest = new AtomicLongArray(BUCKETS);
    private final AtomicInteger now = new AtomicInteger();

    /**
     * A bucket.
     *
     * @param atNanos its beginning on our clock
     * @param inside most requests inside at once
     * @param ends how many ended
     * @param failures how many of those not well
     * @param slowestNanos the longest of them
     */
    public record Beat(long atNanos, int inside, int ends, int failures, long slowestNanos) {}

    public Pulse(long originNanos) {
        this.originNanos = originNanos;
    }

    private int bucket(long nowNanos) {
        long number = (nowNanos - originNanos) / BUCKET_NANOS + 1;
        int index = (int) (number % BUCKETS);
        long there = numbers.get(index);
        if (there < number && numbers.compareAndSet(index, there, number)) {
            ends.set(index, 0);
            failures.set(index, 0);
            inside.set(index, now.get());
            stay.set(index, now.get());
            slowest.set(index, 0);
        }
        return index;
    }

    void began(long nowNanos) {
        int many = now.incrementAndGet();
        int index = bucket(nowNanos);
        inside.accumulateAndGet(index, many, Math::max);
        stay.set(index, many);
    }

    void ended(long nowNanos, long tookNanos, boolean ok) {
        int index = bucket(nowNanos);
        stay.set(index, now.decrementAndGet());
        ends.incrementAndGet(index);
        if (!ok) {
            failures.incrementAndGet(index);
        }
        slowest.accumulateAndGet(index, tookNanos, Math::max);
    }

    /** The buckets between two instants; in one where nothing began or ended there is inside what was before. */
    public List<Beat> between(long fromNanos, long toNanos) {
        List<Beat> beats = new ArrayList<>();
        long first = Math.max(0, fromNanos - originNanos) / BUCKET_NANOS;
        long last = (toNanos - originNanos) / BUCKET_NANOS;
        int staying = 0;
        for (long number = first; number <= last; number++) {
            int index = (int) ((number + 1) % BUCKETS);
            long at = originNanos + number * BUCKET_NANOS;
            boolean had = numbers.get(index) == number + 1;
            beats.add(
                    had
                            ? new Beat(at, inside.get(index), ends.get(index), failures.get(index), slowest.get(index))
                            : new Beat(at, staying, 0, 0, 0));
            staying = had ? stay.get(index) : staying;
        }
        return beats;
    }
}
