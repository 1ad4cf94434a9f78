package org.unplug.block;

import java.util.List;

/**
 * What a removal did, measured. Every remover of the same disk sees the same report.
 *
 * @param disk what was removed
 * @param kind how it ended up: an orderly removal that a surprise overtook says SURPRISE
 * @param syncNanos from the beginning until holders were synced and the cache flushed
 * @param drainNanos from refusal until nobody was inside
 * @param totalNanos from the beginning until the remover returned
 * @param inFlight requests inside at the instant of refusal
 * @param failedGone how many requests the core ended with GONE
 * @param overTheHead how many of those the driver had accepted and not completed in time
 * @param holdersTold how many holders were told
 * @param synced whether all holders synced and the last flush succeeded; always false after a surprise
 * @param quiet R3: whether no thread is inside the driver
 * @param laggards who did not answer by the deadline, one line each: holders, listeners, calls into the driver with
 *     their threads
 * @param problems what else went wrong, one line each
 */
public record RemovalReport(
        DiskInfo disk,
        Removal kind,
        long syncNanos,
        long drainNanos,
        long totalNanos,
        long inFlight,
        long failedGone,
        long overTheHead,
        int holdersTold,
        boolean synced,
        boolean quiet,
        List<String> laggards,
        List<String> problems) {

    public RemovalReport {
        laggards = List.copyOf(laggards);
        problems = List.copyOf(problems);
    }

    /** One line for a log. */
    public String summary() {
        StringBuilder text = new StringBuilder(disk.name())
                .append(" removed (")
                .append(kind.name().toLowerCase(java.util.Locale.ROOT))
                .append(") in ")
                .append(totalNanos / 1_000_000)
                .append(" ms: ")
                .append(inFlight)
                .append(" in flight, ")
                .append(failedGone)
                .append(" failed GONE, ")
                .append(holdersTold)
                .append(" holders told");
        laggards.forEach(l -> text.append("; late: ").append(l));
        problems.forEach(p -> text.append("; ").append(p));
        return text.toString();
    }
}
