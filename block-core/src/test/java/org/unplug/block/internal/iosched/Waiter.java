package org.unplug.block.internal.iosched;

import org.unplug.block.BioOp;
import org.unplug.block.spi.IoScheduler;

/** A bio as a scheduler sees it. */
record Waiter(BioOp op, long sector, long sectors, long sinceNanos, Object holder, int weight)
        implements IoScheduler.Waiting {

    static Waiter read(long sector, long sinceNanos) {
        return new Waiter(BioOp.READ, sector, 8, sinceNanos, "", 100);
    }

    static Waiter write(long sector, long sinceNanos) {
        return new Waiter(BioOp.WRITE, sector, 8, sinceNanos, "", 100);
    }

    static Waiter of(Object holder, int weight, long sector, long sectors) {
        return new Waiter(BioOp.WRITE, sector, sectors, 0, holder, weight);
    }
}
