package org.unplug.driver.delay;

import java.util.SplittableRandom;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.Request;
import org.unplug.block.stack.DueQueue;
import org.unplug.block.stack.PassDriver;
import org.unplug.block.stack.Passage;
import org.unplug.ref.Clockwork;

/**
 * Keeps each request for its time and then passes it down. The time begins when the request comes; requests of the same
 * delay keep their order. One that is cancelled goes down at once, and one that the core has ended goes nowhere.
 */
final class DelayDriver extends PassDriver<Passage> {

    private static final long MS = 1_000_000;

    private final Delays delays;
    private final DueQueue<Passage> waiting;
    private final SplittableRandom random;

    DelayDriver(DiskHandle below, Delays delays, Clockwork clockwork) {
        super(below, clockwork);
        this.delays = delays;
        waiting = new DueQueue<>("delay of " + below.info().name(), clockwork, DelayDriver::go);
        random = new SplittableRandom(delays.seed());
    }

    @Override
    public DiskSpec spec(DiskSpec derived) {
        DiskSpec.Timeouts old = derived.timeouts();
        long longestMs =
                Math.max(Math.max(delays.readMs(), delays.writeMs()), Math.max(delays.flushMs(), delays.discardMs()));
        return derived.withTimeouts(
                new DiskSpec.Timeouts(old.requestMs() + longestMs + delays.jitterMs(), old.syncMs(), old.drainMs()));
    }

    @Override
    protected Passage newPassage() {
        return new Passage();
    }

    @Override
    protected void handle(Passage passage) {
        long nanos = delays.baseMs(passage.request().op()) * MS + jitterNanos();
        if (nanos == 0) {
            passage.passDown();
        } else {
            waiting.at(clockwork().nanoTime() + nanos, passage);
        }
    }

    private long jitterNanos() {
        if (delays.jitterMs() == 0) {
            return 0;
        }
        synchronized (random) {
            return random.nextLong(delays.jitterMs() * MS + 1);
        }
    }

    private static void go(Passage passage) {
        if (passage.request().isAbandoned()) {
            passage.end(BlockStatus.GONE, false);
        } else {
            passage.passDown();
        }
    }

    @Override
    public void cancel(Request request) {
        Passage passage = passage(request);
        if (waiting.remove(passage)) {
            go(passage);
        }
    }

    @Override
    protected void hurry() {
        waiting.removeAll().forEach(DelayDriver::go);
    }
}
