package org.unplug.block.internal.queue;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Which tags are free: a bitmap that threads take from and give to without a lock or an allocation. */
final class Tags {

    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int SPREAD = 8;

    /** Set bits are free tags; words stand on cache lines of their own. */
    private final long[] free;

    private final int words;

    Tags(int depth) {
        words = (depth + 63) / 64;
        free = new long[words * SPREAD];
        for (int word = 0; word < words; word++) {
            int bits = Math.min(64, depth - word * 64);
            free[word * SPREAD] = bits == 64 ? -1L : (1L << bits) - 1;
        }
    }

    /** A tag that was free and belongs to the caller now, or -1. */
    int take() {
        int first = words == 1 ? 0 : (int) (Thread.currentThread().getId() % words);
        for (int i = 0; i < words; i++) {
            int word = first + i < words ? first + i : first + i - words;
            long seen = (long) WORD.getVolatile(free, word * SPREAD);
            while (seen != 0) {
                long bit = Long.lowestOneBit(seen);
                if (WORD.compareAndSet(free, word * SPREAD, seen, seen & ~bit)) {
                    return word * 64 + Long.numberOfTrailingZeros(bit);
                }
                seen = (long) WORD.getVolatile(free, word * SPREAD);
            }
        }
        return -1;
    }

    /** Whether some tag is free, at some instant during the call. */
    boolean any() {
        for (int word = 0; word < words; word++) {
            if ((long) WORD.getVolatile(free, word * SPREAD) != 0) {
                return true;
            }
        }
        return false;
    }

    void give(int tag) {
        WORD.getAndBitwiseOr(free, (tag >>> 6) * SPREAD, 1L << (tag & 63));
    }
}
