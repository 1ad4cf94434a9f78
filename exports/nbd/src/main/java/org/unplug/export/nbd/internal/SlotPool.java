package org.unplug.export.nbd.internal;

/**
 * Slots of a few sizes, shared by all connections. The last one given back is the first one taken, since that is still in the
 * processor's cache. Keeps a bounded amount and leaves the rest to the garbage collector.
 */
final class SlotPool {

    /** What is longer is moved in pieces of this size, so that memory stays small and warm. */
    static final int PIECE_BYTES = 256 << 10;

    private static final int[] SIZES = {4 << 10, 16 << 10, 64 << 10, PIECE_BYTES};
    private static final int KEPT_BYTES = 8 << 20;

    private final Shelf[] shelves = new Shelf[SIZES.length];

    SlotPool() {
        for (int i = 0; i < SIZES.length; i++) {
            shelves[i] = new Shelf(SIZES[i]);
        }
    }

    /** @param bytes at most {@link #PIECE_BYTES} */
    Slot take(int bytes) {
        return shelves[shelf(bytes)].take();
    }

    void put(Slot slot) {
        shelves[shelf(slot.bytes())].put(slot);
    }

    /** The size of the slot that is taken for so many bytes. */
    static int size(int bytes) {
        return SIZES[shelf(bytes)];
    }

    private static int shelf(int bytes) {
        int i = 0;
        while (SIZES[i] < bytes) {
            i++;
        }
        return i;
    }

    private static final class Shelf {
        private final int size;
        private final Slot[] free;
        private int count;

        Shelf(int size) {
            this.size = size;
            free = new Slot[KEPT_BYTES / size];
        }

        Slot take() {
            synchronized (this) {
                if (count > 0) {
                    Slot slot = free[--count];
                    free[count] = null;
                    return slot;
                }
            }
            return new Slot(size);
        }

        synchronized void put(Slot slot) {
            if (count < free.length) {
                free[count++] = slot;
            }
        }
    }
}
