package org.unplug.shell.command;

import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Converter;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.unplug.block.DiskControl;
import org.unplug.block.DiskInfo;
import org.unplug.block.DiskState;
import org.unplug.block.DiskStatistics;
import org.unplug.block.DiskStatistics.Latency;
import org.unplug.block.DiskStatus;
import org.unplug.block.Disks;
import org.unplug.shell.Interruption;
import org.unplug.shell.table.Column;

/** iostat: what disks have done since they were added, or do in each interval. */
@Component(service = IoCommands.class)
@GogoCommand(scope = "unplug", function = "iostat")
public final class IoCommands {

    private static final long MOST_SECONDS = 86_400;

    private final Disks disks;
    private final DiskControl control;

    @Activate
    public IoCommands(@Reference Disks disks, @Reference DiskControl control) {
        this.disks = disks;
        this.control = control;
    }

    /**
     * What a disk has done since it was added.
     *
     * @param disk whose
     * @param reads requests completed
     * @param writes requests completed
     * @param flushes requests completed
     * @param readBytes that were read
     * @param writtenBytes that were written
     * @param failed requests completed with an error, and bios that ended GONE
     * @param inFlight bios inside now
     */
    public record TotalRow(
            String disk,
            long reads,
            long writes,
            long flushes,
            long readBytes,
            long writtenBytes,
            long failed,
            long inFlight) {}

    /** The same with latencies; the percentiles are those of a sample of the requests. */
    public record TotalDetailRow(
            String disk,
            long reads,
            long writes,
            long flushes,
            @Column(heading = "OTHER") long others,
            long merged,
            long failed,
            @Column(heading = "GONE") long endedGone,
            @Column(heading = "LATE") long abandoned,
            @Column(heading = "R P50") Long readP50Nanos,
            @Column(heading = "R P99") Long readP99Nanos,
            @Column(heading = "R P99.9") Long readP999Nanos,
            @Column(heading = "R MAX") Long readMaxNanos,
            @Column(heading = "W P50") Long writeP50Nanos,
            @Column(heading = "W P99") Long writeP99Nanos,
            @Column(heading = "W P99.9") Long writeP999Nanos,
            @Column(heading = "W MAX") Long writeMaxNanos,
            long inFlight) {}

    /** What a disk did in an interval, in a second of it. */
    public record RateRow(
            String disk,
            @Column(heading = "R/S") double reads,
            @Column(heading = "W/S") double writes,
            @Column(heading = "READ/S") long readBytes,
            @Column(heading = "WRITTEN/S") long writtenBytes,
            @Column(heading = "FAILED/S") double failed,
            long inFlight) {}

    /** The same with latencies, of requests of this interval only. */
    public record RateDetailRow(
            String disk,
            @Column(heading = "R/S") double reads,
            @Column(heading = "W/S") double writes,
            @Column(heading = "F/S") double flushes,
            @Column(heading = "READ/S") long readBytes,
            @Column(heading = "WRITTEN/S") long writtenBytes,
            @Column(heading = "MERGED/S") double merged,
            @Column(heading = "FAILED/S") double failed,
            @Column(heading = "R P50") Long readP50Nanos,
            @Column(heading = "R P99") Long readP99Nanos,
            @Column(heading = "R MAX") Long readMaxNanos,
            @Column(heading = "W P50") Long writeP50Nanos,
            @Column(heading = "W P99") Long writeP99Nanos,
            @Column(heading = "W MAX") Long writeMaxNanos,
            long inFlight) {}

    /** Counts of every disk at an instant, by incarnation. */
    private record Look(long nanos, Map<Long, DiskStatistics> counts) {}

    @Descriptor("shows what disks have done since they were added; with an interval what they do in it, per second")
    public List<? extends Record> iostat(
            CommandSession session,
            @Descriptor("latencies too: percentiles of a sample of one request in sixteen")
                    @Parameter(names = "-x", presentValue = "true", absentValue = "false")
                    boolean detailed,
            @Descriptor("disks; seconds between reports; then how many reports, without end if there is no number")
                    @Names.Of(Names.Kind.DISK)
                    String[] words) {
        List<String> wanted = new ArrayList<>();
        List<Double> numbers = new ArrayList<>();
        for (String word : words) {
            if (word.matches("\\d+(\\.\\d+)?")) {
                numbers.add(Double.valueOf(word));
            } else {
                wanted.add(word);
            }
        }
        List<String> there = disks.list().stream().map(d -> d.info().name()).toList();
        for (String name : wanted) {
            if (!there.contains(name)) {
                throw BlockCommands.noSuchDisk(name, disks);
            }
        }
        if (numbers.size() > 2) {
            throw new CommandException(numbers.get(2) + ": an interval and a count only");
        }
        if (numbers.isEmpty()) {
            return totals(detailed, wanted);
        }
        double seconds = numbers.get(0);
        long count = numbers.size() == 1 ? Long.MAX_VALUE : Math.round(numbers.get(1));
        if (seconds < 0.1 || seconds > MOST_SECONDS) {
            throw new CommandException("every " + seconds + " s: must be 0.1 to " + MOST_SECONDS + " seconds");
        }
        if (count < 1) {
            throw new CommandException(numbers.get(1) + " reports: must be one or more");
        }
        return rates(session, detailed, wanted, Math.round(seconds * 1000), count);
    }

    private List<? extends Record> totals(boolean detailed, List<String> wanted) {
        List<Record> rows = new ArrayList<>();
        for (DiskStatus disk : chosen(wanted)) {
            DiskStatistics counts = statistics(disk.info());
            if (counts != null) {
                rows.add(
                        detailed
                                ? detailedTotal(disk.info().name(), counts)
                                : total(disk.info().name(), counts));
            }
        }
        return rows;
    }

    /** Prints each report as it comes but the last, which is the result. Ctrl-C ends it. */
    private List<? extends Record> rates(
            CommandSession session, boolean detailed, List<String> wanted, long intervalMs, long count) {
        Look before = look(wanted);
        try (Interruption.Stay stay = Interruption.of(session).enter()) {
            for (long report = 1; ; report++) {
                Waiting.until(intervalMs, stay, () -> false);
                Look now = look(wanted);
                List<Record> rows = between(before, now, detailed, wanted);
                if (report == count) {
                    return rows;
                }
                if (!rows.isEmpty()) {
                    System.out.println(session.format(rows, Converter.INSPECT));
                    System.out.println();
                    System.out.flush();
                }
                before = now;
            }
        } catch (InterruptedIOException asked) {
            return List.of();
        }
    }

    private List<DiskStatus> chosen(List<String> wanted) {
        return disks.list().stream()
                .filter(d -> d.state() != DiskState.RELEASED)
                .filter(d -> wanted.isEmpty() || wanted.contains(d.info().name()))
                .toList();
    }

    /** Null for one that has gone since it was listed. */
    private DiskStatistics statistics(DiskInfo disk) {
        try {
            return control.statistics(disk.name());
        } catch (IllegalArgumentException gone) {
            return null;
        }
    }

    private Look look(List<String> wanted) {
        Map<Long, DiskStatistics> counts = new HashMap<>();
        for (DiskStatus disk : chosen(wanted)) {
            DiskStatistics now = statistics(disk.info());
            if (now != null) {
                counts.put(disk.info().epoch(), now);
            }
        }
        return new Look(System.nanoTime(), counts);
    }

    private List<Record> between(Look before, Look now, boolean detailed, Collection<String> wanted) {
        double seconds = (now.nanos() - before.nanos()) / (double) TimeUnit.SECONDS.toNanos(1);
        List<Record> rows = new ArrayList<>();
        for (DiskStatus disk : chosen(List.copyOf(wanted))) {
            DiskStatistics then = before.counts().get(disk.info().epoch());
            DiskStatistics at = now.counts().get(disk.info().epoch());
            if (at != null) {
                Interval interval = new Interval(disk.info().name(), then, at, seconds);
                rows.add(detailed ? interval.detailedRow() : interval.row());
            }
        }
        return rows;
    }

    /** A disk between two looks; the earlier one is null if it was not there yet. */
    record Interval(String disk, DiskStatistics then, DiskStatistics now, double seconds) {

        RateRow row() {
            return new RateRow(
                    disk,
                    rate(now.reads(), then == null ? 0 : then.reads()),
                    rate(now.writes(), then == null ? 0 : then.writes()),
                    bytes(now.sectorsRead(), then == null ? 0 : then.sectorsRead()),
                    bytes(now.sectorsWritten(), then == null ? 0 : then.sectorsWritten()),
                    rate(failures(now), then == null ? 0 : failures(then)),
                    now.inFlight());
        }

        RateDetailRow detailedRow() {
            RateRow plain = row();
            Latency read = then == null ? now.read() : now.read().since(then.read());
            Latency write = then == null ? now.write() : now.write().since(then.write());
            return new RateDetailRow(
                    disk,
                    plain.reads(),
                    plain.writes(),
                    rate(now.flushes(), then == null ? 0 : then.flushes()),
                    plain.readBytes(),
                    plain.writtenBytes(),
                    rate(now.merged(), then == null ? 0 : then.merged()),
                    plain.failed(),
                    at(read, 0.5),
                    at(read, 0.99),
                    at(read, 1),
                    at(write, 0.5),
                    at(write, 0.99),
                    at(write, 1),
                    now.inFlight());
        }

        /** To one decimal. */
        private double rate(long after, long before) {
            return Math.round((after - before) / seconds * 10) / 10.0;
        }

        private long bytes(long after, long before) {
            return Math.round((after - before) * DiskInfo.SECTOR_BYTES / seconds);
        }
    }

    private static long failures(DiskStatistics counts) {
        return counts.failed() + counts.endedGone();
    }

    /** Null where nothing was measured. */
    private static Long at(Latency latency, double part) {
        return latency.samples() == 0 ? null : latency.at(part);
    }

    private static TotalRow total(String disk, DiskStatistics counts) {
        return new TotalRow(
                disk,
                counts.reads(),
                counts.writes(),
                counts.flushes(),
                counts.sectorsRead() * DiskInfo.SECTOR_BYTES,
                counts.sectorsWritten() * DiskInfo.SECTOR_BYTES,
                failures(counts),
                counts.inFlight());
    }

    private static TotalDetailRow detailedTotal(String disk, DiskStatistics counts) {
        return new TotalDetailRow(
                disk,
                counts.reads(),
                counts.writes(),
                counts.flushes(),
                counts.others(),
                counts.merged(),
                counts.failed(),
                counts.endedGone(),
                counts.abandoned(),
                at(counts.read(), 0.5),
                at(counts.read(), 0.99),
                at(counts.read(), 0.999),
                at(counts.read(), 1),
                at(counts.write(), 0.5),
                at(counts.write(), 0.99),
                at(counts.write(), 0.999),
                at(counts.write(), 1),
                counts.inFlight());
    }
}
