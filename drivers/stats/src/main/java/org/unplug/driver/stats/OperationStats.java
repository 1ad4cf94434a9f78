package org.unplug.driver.stats;

import java.util.Map;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;

/**
 * Counts and latencies of one operation. Latency is the time from a request's arrival to its completion by the lower disk, in
 * nanoseconds, to two significant digits, errors included.
 *
 * @param requests that were completed
 * @param sectors that these moved, errors not included
 * @param errors by status; empty if there were none
 */
public record OperationStats(
        BioOp op,
        long requests,
        long sectors,
        Map<BlockStatus, Long> errors,
        long meanNanos,
        long p50Nanos,
        long p99Nanos,
        long p999Nanos,
        long maxNanos) {

    public OperationStats {
        errors = Map.copyOf(errors);
    }
}
