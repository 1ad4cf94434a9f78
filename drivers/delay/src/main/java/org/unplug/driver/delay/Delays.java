package org.unplug.driver.delay;

import org.unplug.block.BioOp;

/** How long requests wait, in milliseconds; the jitter is evenly spread from 0 to its value. */
record Delays(long readMs, long writeMs, long flushMs, long discardMs, long jitterMs, long seed) {

    long baseMs(BioOp op) {
        return switch (op) {
            case READ -> readMs;
            case WRITE, WRITE_ZEROES -> writeMs;
            case FLUSH -> flushMs;
            case DISCARD -> discardMs;
        };
    }
}
