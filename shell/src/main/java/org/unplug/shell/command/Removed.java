package org.unplug.shell.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.unplug.block.RemovalReport;

/**
 * A disk's removal, for a person. What is null is not known: who removes by way of a configuration gets no report.
 *
 * @param disk what was removed
 * @param kind orderly or surprise
 * @param totalNanos how long the remover took
 * @param drainNanos of it from refusal until nobody was inside the driver
 * @param inFlight requests inside at refusal
 * @param gone requests that the core ended with GONE
 * @param synced whether everything was written before
 * @param remarks who was late and what went wrong
 */
public record Removed(
        String disk,
        String kind,
        long totalNanos,
        Long drainNanos,
        Long inFlight,
        Long gone,
        Boolean synced,
        List<String> remarks) {

    /** An orderly removal without a report. */
    static Removed unreported(String disk, long totalNanos) {
        return new Removed(disk, "orderly", totalNanos, null, null, null, null, List.of("dmesg has its report"));
    }

    static Removed of(RemovalReport report) {
        return of(report, report.problems());
    }

    /** @param problems those of the disk's removal, and of what went with it */
    static Removed of(RemovalReport report, List<String> problems) {
        List<String> remarks = new ArrayList<>(report.laggards());
        remarks.addAll(problems);
        if (!report.quiet()) {
            remarks.add("a thread is still inside the driver");
        }
        return new Removed(
                report.disk().name(),
                report.kind().name().toLowerCase(Locale.ROOT),
                report.totalNanos(),
                report.drainNanos(),
                report.inFlight(),
                report.failedGone(),
                report.synced(),
                remarks);
    }
}
