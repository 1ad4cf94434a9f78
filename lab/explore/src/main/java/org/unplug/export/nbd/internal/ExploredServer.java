package org.unplug.export.nbd.internal;

import java.util.function.Consumer;
import org.unplug.block.Disk;
import org.unplug.nbd.Wire;
import org.unplug.ref.Clockwork;

/** The NBD server without its socket, for scenes: whoever has a wire is let in. */
public final class ExploredServer {

    private static final int IN_FLIGHT_BYTES = 1 << 20;
    private static final long HANDSHAKE_MS = 10_000;
    private static final long STALL_MS = 10_000;

    private final Exports exports = new Exports();
    private final Clockwork clockwork;
    private final Limits limits;
    private final Sessions sessions;

    /** @param lingerMs how long clients are answered ESHUTDOWN when their disk has gone */
    public ExploredServer(Clockwork clockwork, long lingerMs, Consumer<String> report) {
        this.clockwork = clockwork;
        limits = new Limits(8, IN_FLIGHT_BYTES, 0, HANDSHAKE_MS, STALL_MS, 0, lingerMs, 0);
        Crew nobody = new Crew("crew", 0, Integer.MAX_VALUE, clockwork);
        sessions = new Sessions(new Session.Means(
                exports, nobody, new Rivals(0), limits, new SlotPool(), clockwork, null, false, report::accept));
    }

    /** Offers a disk by its name. @return what its service's going does */
    public Runnable offer(Disk disk) {
        Export export = new Export(disk.info().name(), disk, false, limits.lingerMs(), clockwork);
        exports.add(export);
        return () -> {
            exports.remove(export);
            export.withdraw(limits.lingerMs());
        };
    }

    public void welcome(Wire wire) {
        sessions.welcome("explored", wire);
    }

    public int sessions() {
        return sessions.all().size();
    }

    /** As when its bundle stops. */
    public void close() {
        sessions.shut();
        sessions.seeOff();
    }
}
