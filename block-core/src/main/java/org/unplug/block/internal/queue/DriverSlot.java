package org.unplug.block.internal.queue;

import java.util.concurrent.atomic.AtomicLong;
import org.unplug.block.spi.DiskDriver;
import org.unplug.ref.Clockwork;
import org.unplug.ref.Gate;

/** A driver behind a queue, with the gate of the calls into it. The two are exchanged as one. */
final class DriverSlot {

    final DiskDriver driver;
    final Gate calls = new Gate();
    /** Calls that removers have on their own stacks. */
    private final AtomicLong excused = new AtomicLong();

    DriverSlot(DiskDriver driver) {
        this.driver = driver;
    }

    void excuse(int callsOfOneself) {
        excused.addAndGet(callsOfOneself);
        calls.recheck();
    }

    /** Lets nobody in any more, and waits until all are out but the excused ones. */
    boolean awaitQuiet(Clockwork clockwork, long deadlineNanos) {
        calls.kill();
        return calls.awaitDrained(clockwork, deadlineNanos, excused::get);
    }
}
