package org.unplug.block.internal.queue;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Which tags are free: a bitmap that threads take from and give to without a lock or an allocation, several at once. */
final class Tags {

    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int SPREAD = 8;
    private static final int LEAST_SHARE = 4;

    /** Set bits are free tags; words stand on cache lines of their own. */
    private final long[] free;

    private final int words;
    /** Most tags that one thread takes beforehand, so that a thread stuck in the driver keeps few that it does not use. */
    private final int most;

    Tags(int depth) {
        words = (depth + 63) / 64;
        most = Math.max(1, depth / LEAST_SHARE);
        free = new long[words * SPREAD];
        for (int word = 0; word < words; word++) {
            int bits = Math.min(64, depth - word * 64);
            free[word * SPREAD] = bits == 64 ? -1L : (1L << bits) - 1;
        }
    }

    /**
     * Some tags of one word in a thread's hand. What it takes beforehand, and what it has done with, costs one atomic access for
     * many. The thread empties its hand by {@link #giveAll} before it looks at who waits for a tag.
     */
    static final class Hand {
        private Tags from;
        private int word;
        private long bits;
        private int expected = 1;

        /** How many tags will be asked for, about. */
        void expect(int count) {
            expected = count;
        }

        /** A tag that was free and belongs to the caller now, or -1. */
        int take(Tags wanted) {
            if (!holds(wanted)) {
                giveAll();
                wanted.fill(this, Math.max(1, Math.min(expected, wanted.most)));
                if (bits == 0) {
                    return -1;
                }
            }
            expected--;
            int bit = Long.numberOfTrailingZeros(bits);
            bits &= bits - 1;
            return word * 64 + bit;
        }

        /** Whether it has some of these. */
        boolean holds(Tags some) {
            return bits != 0 && from == some;
        }

        /** Takes back a tag that belonged to the caller. */
        void keep(Tags of, int tag) {
            if (from != of || word != tag >>> 6) {
                giveAll();
                from = of;
                word = tag >>> 6;
            }
            bits |= 1L << (tag & 63);
        }

        /** Frees what is in the hand. */
        void giveAll() {
            if (bits != 0) {
                from.give(word, bits);
                bits = 0;
            }
            // A thread outlives disks.
            from = null;
        }
    }

    /** Takes what it finds in the first word that has some; the hand is empty. */
    private void fill(Hand hand, int atOnce) {
        int first = words == 1 ? 0 : (int) (Thread.currentThread().getId() % words);
        for (int i = 0; i < words; i++) {
            int word = first + i < words ? first + i : first + i - words;
            long seen = (long) WORD.getVolatile(free, word * SPREAD);
            while (seen != 0) {
                long taken = lowest(seen, atOnce);
                if (WORD.compareAndSet(free, word * SPREAD, seen, seen & ~taken)) {
                    hand.from = this;
                    hand.word = word;
                    hand.bits = taken;
                    return;
                }
                seen = (long) WORD.getVolatile(free, word * SPREAD);
            }
        }
    }

    /** The lowest so many of the set bits. */
    private static long lowest(long bits, int count) {
        if (count >= Long.bitCount(bits)) {
            return bits;
        }
        long left = bits;
        for (int i = 0; i < count; i++) {
            left &= left - 1;
        }
        return bits & ~left;
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
        give(tag >>> 6, 1L << (tag & 63));
    }

    /** These bits are clear, so that adding sets them: one instruction, where setting by "or" is a loop. */
    private void give(int word, long bits) {
        WORD.getAndAdd(free, word * SPREAD, bits);
    }
}
