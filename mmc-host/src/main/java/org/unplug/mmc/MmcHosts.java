package org.unplug.mmc;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** The adapters in use, and what went over their lines. A service of the core; any thread may call; glimpses. */
@ProviderType
public interface MmcHosts {

    /**
     * An adapter.
     *
     * @param host its name, as "mmc0"
     * @param slot what its driver calls it, or empty
     * @param state EMPTY, STARTING, READY, REMOVING, WAITING (a card that nobody uses), STOPPING or STOPPED
     * @param disk the name of its card's disk, or empty
     */
    record Host(String host, String slot, String state, String disk) {}

    /** The adapters, by number. */
    List<Host> list();

    /**
     * What went over an adapter's line while its card was started last: the whole start-up, up to {@value #MOST} entries.
     *
     * @throws IllegalArgumentException if there is no such adapter
     */
    List<TraceEntry> startup(String host);

    /**
     * What went over an adapter's line last, up to {@value #MOST} entries.
     *
     * @throws IllegalArgumentException if there is no such adapter
     */
    List<TraceEntry> recent(String host);

    /** Most entries that are kept. */
    int MOST = 512;
}
