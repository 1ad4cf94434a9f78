package org.unplug.lab.internal.contract;

import java.util.ArrayList;
import java.util.List;

/**
 * What was measured, one entry in each list for each removal. Added to by one thread.
 *
 * @param returnNanos from the call, or the yank, until it returned, or the disk was dead
 * @param drainNanos from the first holder told until the disk was dead
 * @param inFlight our raw requests inside when the first holder was told
 * @param gone our raw requests that ended GONE from then until the return
 * @param other our raw requests that ended neither OK nor GONE, at any time
 * @param fileErrors operations on files that failed after the removal
 * @param bytesVerified of files and stamped sectors, read while the disk was there and compared when it was back
 * @param requests all raw requests
 */
public record Figures(
        List<Long> returnNanos,
        List<Long> drainNanos,
        List<Long> inFlight,
        List<Long> gone,
        List<Long> other,
        List<Long> fileErrors,
        List<Long> bytesVerified,
        List<Long> requests) {

    public Figures() {
        this(
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>());
    }

    public void add(Figures more) {
        returnNanos.addAll(more.returnNanos);
        drainNanos.addAll(more.drainNanos);
        inFlight.addAll(more.inFlight);
        gone.addAll(more.gone);
        other.addAll(more.other);
        fileErrors.addAll(more.fileErrors);
        bytesVerified.addAll(more.bytesVerified);
        requests.addAll(more.requests);
    }

    public int removals() {
        return returnNanos.size();
    }

    public static long median(List<Long> values) {
        return values.isEmpty() ? 0 : values.stream().sorted().toList().get((values.size() - 1) / 2);
    }

    public static long max(List<Long> values) {
        return values.stream().mapToLong(Long::longValue).max().orElse(0);
    }

    public static long sum(List<Long> values) {
        return values.stream().mapToLong(Long::longValue).sum();
    }
}
