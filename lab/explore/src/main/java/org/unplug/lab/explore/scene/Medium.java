package org.unplug.lab.explore.scene;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.unplug.block.BlockStatus;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.Request;
import org.unplug.ref.Clockwork;

/**
 * A driver over memory with a volatile cache, which completes on a task of its own, or - every third request of a stuck one - never.
 * Watches who is inside it.
 */
final class Medium implements DiskDriver {

    private final Clockwork clockwork;
    private final Consumer<String> broken;
    private final boolean sticks;
    private final Map<Long, byte[]> cache = new HashMap<>();
    private final Map<Long, byte[]> durable = new HashMap<>();

    private long epoch;
    private int accepted;
    private int inside;
    private boolean gone;
    private boolean quiet;

    Medium(Clockwork clockwork, boolean sticks, Consumer<String> broken) {
        this.clockwork = clockwork;
        this.sticks = sticks;
        this.broken = broken;
    }

    void epoch(long only) {
        epoch = only;
    }

    /** The plug is out: nothing is done any more. */
    void pull() {
        gone = true;
    }

    /** From now on nobody may be inside nor enter (R3). */
    void quiet() {
        if (inside > 0) {
            broken.accept("R3 remove returned with " + inside + " calls inside the driver");
        }
        quiet = true;
    }

    int inside() {
        return inside;
    }

    private void enter(String call) {
        inside++;
        if (quiet) {
            broken.accept("R3 " + call + " after remove returned");
        }
    }

    @Override
    public boolean queueRequest(Request request) {
        enter("queueRequest");
        boolean stuck = sticks && ++accepted % 3 == 0;
        if (!stuck) {
            clockwork.execute("completion", () -> request.complete(perform(request)));
        }
        inside--;
        return true;
    }

    @Override
    public void commit() {
        enter("commit");
        inside--;
    }

    private BlockStatus perform(Request request) {
        if (gone) {
            return BlockStatus.GONE;
        }
        if (epoch != 0 && request.epoch() != epoch) {
            broken.accept("R7 a request of epoch " + request.epoch() + " reached epoch " + epoch);
        }
        long sector = request.sector();
        switch (request.op()) {
            case READ -> {
                for (int i = 0; i < request.segmentCount(); i++) {
                    ByteBuffer segment = request.segment(i).duplicate();
                    for (; segment.remaining() >= 512; sector++) {
                        segment.put(content(sector));
                    }
                }
            }
            case WRITE -> {
                for (int i = 0; i < request.segmentCount(); i++) {
                    ByteBuffer segment = request.segment(i).duplicate();
                    for (; segment.remaining() >= 512; sector++) {
                        byte[] bytes = new byte[512];
                        segment.get(bytes);
                        cache.put(sector, bytes);
                    }
                }
            }
            case FLUSH -> {
                durable.putAll(cache);
                cache.clear();
            }
            case DISCARD, WRITE_ZEROES -> {
                return BlockStatus.NOTSUPP;
            }
        }
        return BlockStatus.OK;
    }

    private byte[] content(long sector) {
        byte[] cached = cache.get(sector);
        return cached != null ? cached : durable(sector);
    }

    /** What is there after the power was cut. */
    byte[] durable(long sector) {
        return durable.getOrDefault(sector, new byte[512]);
    }

    boolean isGone() {
        return gone;
    }
}
