package org.unplug.driver.rate;

import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.block.spi.Request;
import org.unplug.block.stack.DueQueue;
import org.unplug.block.stack.PassDriver;
import org.unplug.block.stack.Passage;
import org.unplug.ref.Clockwork;

/**
 * Passes requests down no faster than the buckets allow. Reads and writes cost their bytes, and every request costs one; a
 * flush waits behind what came before it. A cancelled request goes down at once, and its tokens stay spent.
 */
final class RateDriver extends PassDriver<Passage> {

    private final Buckets buckets;
    private final DueQueue<Passage> waiting;

    RateDriver(DiskHandle below, Buckets buckets, Clockwork clockwork) {
        super(below, clockwork);
        this.buckets = buckets;
        waiting = new DueQueue<>("rate of " + below.info().name(), clockwork, RateDriver::go);
    }

    @Override
    protected Passage newPassage() {
        return new Passage();
    }

    @Override
    protected void handle(Passage passage) {
        Request request = passage.request();
        BioOp op = request.op();
        long bytes = op.hasData() ? request.sectors() * DiskInfo.SECTOR_BYTES : 0;
        long now = clockwork().nanoTime();
        long due = buckets.take(now, bytes);
        if (due - now <= 0) {
            passage.passDown();
        } else {
            waiting.at(due, passage);
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
        waiting.removeAll().forEach(RateDriver::go);
    }
}
