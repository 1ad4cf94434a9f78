package org.unplug.itests.stranger;

import java.nio.ByteBuffer;
import java.util.function.BiFunction;
import org.unplug.block.BlockStatus;
import org.unplug.block.Disks;
import org.unplug.block.Removal;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskRegistration;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.Request;

/** A disk in memory, as a component; its whole hot-plug story is its constructor and {@link #deactivate}. */
public final class StrangerDriver implements DiskDriver {

    /** What the plan is told and asked: a word, and an object of an exported type. */
    private final BiFunction<String, Object, Object> plan;

    private final ByteBuffer memory;
    private final DiskRegistration registration;

    public StrangerDriver(Disks disks, BiFunction<String, Object, Object> plan) {
        this.plan = plan;
        DiskSpec spec = (DiskSpec) plan.apply("spec", null);
        memory = ByteBuffer.allocate((int) spec.capacitySectors() * 512);
        registration = disks.add(spec, this);
        tell("added", registration);
    }

    void deactivate() {
        tell("deactivating", null);
        tell("removed", registration.remove(Removal.ORDERLY));
    }

    @Override
    public boolean queueRequest(Request request) {
        Object answer = plan.apply("queueRequest", request);
        try {
            if (answer == null) {
                transfer(request);
                request.complete(BlockStatus.OK);
            }
            return true;
        } finally {
            tell("left", null);
        }
    }

    @Override
    public void cancel(Request request) {
        tell("cancel", request);
    }

    private void transfer(Request request) {
        int at = (int) request.sector() * 512;
        switch (request.op()) {
            case READ -> {
                for (int i = 0; i < request.segmentCount(); i++) {
                    ByteBuffer into = request.segment(i).duplicate();
                    int length = into.remaining();
                    into.put(memory.duplicate().position(at).limit(at + length));
                    at += length;
                }
            }
            case WRITE -> {
                for (int i = 0; i < request.segmentCount(); i++) {
                    ByteBuffer from = request.segment(i).duplicate();
                    int length = from.remaining();
                    memory.duplicate().position(at).put(from);
                    at += length;
                }
            }
            case FLUSH -> tell("flushed", new Late().word());
            default -> throw new IllegalStateException("never promised " + request.op());
        }
    }

    private void tell(String what, Object of) {
        Object unused = plan.apply(what, of);
    }

    /** Loaded when the first flush comes, and that is the removal's. */
    private static final class Late {
        String word() {
            return "late";
        }
    }
}
