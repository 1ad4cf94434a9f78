package org.unplug.lab.explore.engine;

/** A set of numbers that only grows. */
public final class States {

    private long[] table = new long[1 << 16];
    private int size;

    /** @return whether it is new */
    public boolean add(long state) {
        long value = state == 0 ? 1 : state;
        if (size * 2 > table.length) {
            grow();
        }
        int at = slot(value);
        while (table[at] != 0) {
            if (table[at] == value) {
                return false;
            }
            at = at + 1 & table.length - 1;
        }
        table[at] = value;
        size++;
        return true;
    }

    private int slot(long value) {
        return (int) (mix(value) >>> 1) & table.length - 1;
    }

    private void grow() {
        long[] old = table;
        table = new long[old.length * 2];
        size = 0;
        for (long value : old) {
            if (value != 0) {
                add(value);
            }
        }
    }

    /** Spreads neighbouring numbers (the finalizer of SplitMix64). */
    static long mix(long value) {
        long z = value + 0x9E3779B97F4A7C15L;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }

    public int size() {
        return size;
    }
}
