package org.unplug.driver.stats;

import java.util.List;

/**
 * What passed through one disk, named by the service property {@code disk.name}. Any thread may call; nothing blocks
 * requests.
 */
public interface DiskStats {

    /** Since the disk came, or since {@link #reset}; one entry for each operation that was seen, in the order of BioOp. */
    List<OperationStats> total();

    /** Since the last call of this method by anybody. */
    List<OperationStats> interval();

    /** Requests that are below now. */
    long inFlight();

    void reset();
}
