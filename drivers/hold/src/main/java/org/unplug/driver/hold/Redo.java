package org.unplug.driver.hold;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.unplug.block.DiskHandle;

/**
 * Writes that the device has acknowledged and may still lose, in the order of their completion: written again when the medium comes
 * back. Thread-safe.
 */
final class Redo {

    private final List<Write> writes = new ArrayList<>();
    private long bytes;
    private long dropped;

    private record Write(long sector, ByteBuffer data) {}

    synchronized void add(long sector, ByteBuffer data) {
        writes.add(new Write(sector, data));
        bytes += data.remaining();
    }

    synchronized long bytes() {
        return bytes;
    }

    /** The present end; what to hand to {@link #durableUpTo} when a flush that begins now has succeeded. */
    synchronized long end() {
        return dropped + writes.size();
    }

    synchronized void durableUpTo(long end) {
        int count = (int) Math.max(0, Math.min(writes.size(), end - dropped));
        List<Write> durable = writes.subList(0, count);
        bytes -= durable.stream().mapToLong(w -> w.data.remaining()).sum();
        durable.clear();
        dropped += count;
    }

    synchronized boolean touches(long sector, long sectors) {
        return writes.stream()
                .anyMatch(w -> w.sector < sector + sectors && sector < w.sector + w.data.remaining() / 512);
    }

    /** Writes everything again and makes it durable; blocks. Nothing may be added meanwhile. */
    void replay(DiskHandle disk) throws IOException {
        List<Write> all;
        synchronized (this) {
            all = List.copyOf(writes);
        }
        for (Write write : all) {
            disk.write(write.sector, write.data);
        }
        disk.flush();
        durableUpTo(end());
    }
}
