package org.unplug.scsi;

import java.util.List;
import java.util.Optional;
import org.unplug.block.Removal;

/** The SCSI core, a service: which adapters there are, and operations on them. Any thread may call. */
public interface ScsiBus {

    /** The adapters that are attached, in the order they came. Never blocks. */
    List<ScsiHostInfo> hosts();

    /** The removals of adapters so far, the latest last; as many as are remembered. Never blocks. */
    List<HostRemovalReport> removedHosts();

    /** Looks for logical units that came or went, soon, on the adapter's own thread; an unknown number is ignored. */
    void rescan(int host);

    /**
     * Removes an adapter as the stop of its driver does, while its service stays: what {@code scsi_remove_host} promises - after it
     * returns no upper layer uses the adapter - and what that does not: nobody is inside {@code queueCommand} or an error handler either,
     * the error handler's thread has gone, and an orderly removal writes back and flushes first. Blocks until the deadlines at most. A
     * second remover waits for the first and sees the same result. The adapter comes back when its service is registered anew.
     *
     * @return empty if there is no such adapter
     */
    Optional<HostRemovalReport> removeHost(int host, Removal kind);

    /**
     * Removes every device of a target, all at once, as {@link ScsiDevice#remove} does, and waits for all of them, those included that
     * another remover has in hand.
     */
    List<DeviceRemovalReport> removeTarget(int host, int channel, int target, Removal kind);

    /**
     * Waits until no adapter scans and none has a scan to do.
     *
     * @return false if that took longer
     */
    boolean settle(long timeoutMs);
}
