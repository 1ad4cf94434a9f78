package org.unplug.block.internal.queue;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;

/**
 * What the requests of one slot have done. The slot belongs to one thread at a time, handed on by atomic accesses, so counting
 * needs none of its own: {@link #count} is the owner's. Whoever sums reads each number whole, and none that is later than the
 * slot's last hand-over is missed.
 */
final class Tally {

    private static final VarHandle NUMBER = MethodHandles.arrayElementVarHandle(long[].class);

    static final int READS = 0;
    static final int WRITES = 1;
    static final int FLUSHES = 2;
    static final int OTHERS = 3;
    static final int SECTORS_READ = 4;
    static final int SECTORS_WRITTEN = 5;
    static final int FAILED = 6;
    private static final int NUMBERS = 7;

    private final long[] numbers = new long[NUMBERS];

    /** A request has completed. */
    void count(BioOp op, long sectors, BlockStatus status) {
        if (status != BlockStatus.OK) {
            add(FAILED, 1);
            return;
        }
        switch (op) {
            case READ -> {
                add(READS, 1);
                add(SECTORS_READ, sectors);
            }
            case WRITE -> {
                add(WRITES, 1);
                add(SECTORS_WRITTEN, sectors);
            }
            case FLUSH -> add(FLUSHES, 1);
            default -> add(OTHERS, 1);
        }
    }

    private void add(int which, long amount) {
        NUMBER.setOpaque(numbers, which, numbers[which] + amount);
    }

    /** Adds the numbers to an array of as many. */
    void addTo(long[] sums) {
        for (int i = 0; i < NUMBERS; i++) {
            sums[i] += (long) NUMBER.getOpaque(numbers, i);
        }
    }

    static long[] none() {
        return new long[NUMBERS];
    }
}
