package org.unplug.shell.command;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.unplug.block.DiskInfo;
import org.unplug.driver.stats.DiskStats;
import org.unplug.driver.stats.OperationStats;
import org.unplug.shell.table.Column;

/** What a stats filter measured: every request, where iostat takes a sample. */
@Component
public final class StatsKnob implements Knob {

    private final Controls<DiskStats> controls = new Controls<>();

    @Reference(cardinality = ReferenceCardinality.AT_LEAST_ONE, policy = ReferencePolicy.DYNAMIC)
    void addControl(DiskStats control, Map<String, Object> properties) {
        controls.add(control, properties);
    }

    void removeControl(DiskStats control) {
        controls.remove(control);
    }

    /** An operation. */
    public record StatsRow(
            String operation,
            long requests,
            long movedBytes,
            @Column(heading = "MEAN") long meanNanos,
            @Column(heading = "P50") long p50Nanos,
            @Column(heading = "P99") long p99Nanos,
            @Column(heading = "P99.9") long p999Nanos,
            @Column(heading = "MAX") long maxNanos,
            List<String> errors) {}

    @Override
    public String filter() {
        return "stats";
    }

    @Override
    public List<String> usages() {
        return List.of("show", "reset");
    }

    @Override
    public Set<String> disks() {
        return controls.disks();
    }

    @Override
    public String state(String disk) {
        DiskStats stats = controls.of(disk, filter());
        long requests =
                stats.total().stream().mapToLong(OperationStats::requests).sum();
        return requests + " requests, " + stats.inFlight() + " below";
    }

    @Override
    public Object turn(String disk, String verb, List<String> words, Map<String, String> options) {
        DiskStats stats = controls.of(disk, filter());
        if (verb.equals("reset")) {
            stats.reset();
            return null;
        }
        return stats.total().stream().map(StatsKnob::row).toList();
    }

    private static StatsRow row(OperationStats one) {
        return new StatsRow(
                one.op().name(),
                one.requests(),
                one.sectors() * DiskInfo.SECTOR_BYTES,
                one.meanNanos(),
                one.p50Nanos(),
                one.p99Nanos(),
                one.p999Nanos(),
                one.maxNanos(),
                one.errors().entrySet().stream()
                        .map(e -> e.getKey() + " " + e.getValue())
                        .sorted()
                        .collect(Collectors.toList()));
    }
}
