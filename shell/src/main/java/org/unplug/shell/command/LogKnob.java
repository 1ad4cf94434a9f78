package org.unplug.shell.command;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.unplug.block.DiskInfo;
import org.unplug.driver.log.LogEntry;
import org.unplug.driver.log.WriteLog;

/** The log of what was written. */
@Component
public final class LogKnob implements Knob {

    private final Controls<WriteLog> controls = new Controls<>();

    @Reference(cardinality = ReferenceCardinality.AT_LEAST_ONE, policy = ReferencePolicy.DYNAMIC)
    void addControl(WriteLog control, Map<String, Object> properties) {
        controls.add(control, properties);
    }

    void removeControl(WriteLog control) {
        controls.remove(control);
    }

    /**
     * A write or flush in the log.
     *
     * @param tick when it was submitted, counted in events
     * @param ended the tick of its completion; null if it has not come
     * @param epoch how many flushes had completed before
     */
    public record EntryRow(
            long tick, Long ended, String op, long sector, long sizeBytes, boolean fua, long epoch, boolean ok) {}

    /** A named instant. */
    public record MarkRow(long tick, String name) {}

    @Override
    public String filter() {
        return "log";
    }

    @Override
    public List<String> usages() {
        return List.of("entries [last=N]", "mark NAME", "marks", "clear");
    }

    @Override
    public Set<String> disks() {
        return controls.disks();
    }

    @Override
    public String state(String disk) {
        WriteLog log = controls.of(disk, filter());
        return log.now() + " ticks" + (log.isComplete() ? "" : ", incomplete: more was written than it keeps");
    }

    @Override
    public Object turn(String disk, String verb, List<String> words, Map<String, String> options) {
        WriteLog log = controls.of(disk, filter());
        switch (verb) {
            case "mark":
                return new MarkRow(
                        log.mark(words.isEmpty() ? "mark" : words.get(0)), words.isEmpty() ? "mark" : words.get(0));
            case "marks":
                return log.marks().stream()
                        .map(mark -> new MarkRow(mark.tick(), mark.name()))
                        .toList();
            case "clear":
                log.clear();
                return null;
            default:
                return entries(log, options.getOrDefault("last", "20"));
        }
    }

    private static List<EntryRow> entries(WriteLog log, String last) {
        if (!last.matches("\\d{1,9}")) {
            throw new CommandException("last=" + last + ": must be a number");
        }
        List<LogEntry> all = log.entries();
        return all.subList(Math.max(0, all.size() - Integer.parseInt(last)), all.size()).stream()
                .map(LogKnob::row)
                .toList();
    }

    private static EntryRow row(LogEntry entry) {
        return new EntryRow(
                entry.submittedAt(),
                entry.completedAt() == LogEntry.NEVER ? null : entry.completedAt(),
                entry.op().name(),
                entry.sector(),
                entry.sectors() * DiskInfo.SECTOR_BYTES,
                entry.fua(),
                entry.epoch(),
                entry.ok());
    }
}
