package org.unplug.scsi;

import java.util.List;
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
     * Removes every device of a target, as {@link ScsiDevice#remove} does, and waits for all of them, those included that
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
