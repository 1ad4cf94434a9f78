package org.unplug.driver.linear;

import java.util.List;
import org.unplug.block.DiskHandle;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.Request;
import org.unplug.block.stack.Fan;
import org.unplug.block.stack.PassDriver;
import org.unplug.ref.Clockwork;

/** Sends each request to the disk, or the neighbouring disks, that its sectors lie on; a flush to all. */
final class LinearDriver extends PassDriver<Fan> {

    private final List<DiskHandle> parts;
    /** Where each part begins, and where the last one ends; whole blocks of the largest block size. */
    private final long[] starts;

    LinearDriver(List<DiskHandle> below, Clockwork clockwork) {
        super(below.get(0), clockwork);
        parts = List.copyOf(below);
        int block =
                parts.stream().mapToInt(h -> h.info().logicalBlockBytes()).max().orElseThrow() / 512;
        starts = new long[parts.size() + 1];
        for (int i = 0; i < parts.size(); i++) {
            long sectors = parts.get(i).info().capacitySectors();
            starts[i + 1] = Math.addExact(starts[i], sectors / block * block);
        }
    }

    @Override
    public DiskSpec spec(DiskSpec derived) {
        return new DiskSpec(
                derived.prefix(),
                derived.naming(),
                starts[parts.size()],
                derived.limits(),
                derived.readOnly(),
                derived.removable(),
                derived.bus(),
                "",
                "",
                derived.timeouts());
    }

    @Override
    protected Fan newPassage() {
        return new Fan();
    }

    @Override
    protected void handle(Fan fan) {
        Request request = fan.request();
        fan.begin();
        switch (request.op()) {
            case FLUSH -> parts.forEach(part -> fan.send(part, 0));
            case READ, WRITE, DISCARD, WRITE_ZEROES -> sendParts(fan, request);
        }
        fan.sent();
    }

    private void sendParts(Fan fan, Request request) {
        long end = request.sector() + request.sectors();
        for (int i = 0; i < parts.size(); i++) {
            long from = Math.max(request.sector(), starts[i]);
            long to = Math.min(end, starts[i + 1]);
            if (from < to) {
                fan.send(parts.get(i), request.op(), from - starts[i], from - request.sector(), to - from);
            }
        }
    }
}
