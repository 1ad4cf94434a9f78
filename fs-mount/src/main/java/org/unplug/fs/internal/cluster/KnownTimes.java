package org.unplug.fs.internal.cluster;

import java.time.Instant;

/**
 * Times that were decoded lately: the entries of a directory have few different ones, and calendars are slow. Any thread: a slot holds
 * something immutable, and of two threads that fill one either may win.
 */
public final class KnownTimes {
    private static final int SLOTS = 64;

    private final Known[] known = new Known[SLOTS];

    private record Known(long stamp, Instant instant) {}

    /** What a stamp means. */
    public interface Decoder {
        Instant decode(long stamp);
    }

    /**
     * The time of a stamp, which tells two seconds apart, and what it lacks in hundredths, of which 199 are the most; asks the decoder if
     * it is not known.
     */
    public Instant get(long stamp, int hundredths, Decoder decoder) {
        Instant even = get(stamp, decoder);
        return hundredths == 0 ? even : even.plusNanos(Math.min(199, hundredths) * 10_000_000L);
    }

    private Instant get(long stamp, Decoder decoder) {
        int slot = (int) ((stamp ^ stamp >>> 6 ^ stamp >>> 16 ^ stamp >>> 32) & SLOTS - 1);
        Known there = known[slot];
        if (there == null || there.stamp() != stamp) {
            there = new Known(stamp, decoder.decode(stamp));
            known[slot] = there;
        }
        return there.instant();
    }
}
