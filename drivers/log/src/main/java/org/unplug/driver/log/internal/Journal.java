package org.unplug.driver.log.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.unplug.block.BioOp;
import org.unplug.block.DiskHandle;
import org.unplug.block.spi.Request;
import org.unplug.driver.log.LogEntry;
import org.unplug.driver.log.WriteLog;

/** The log in memory. Its monitor orders all events. */
final class Journal implements WriteLog {

    private static final int ZEROES_SECTORS = 256;
    static final int NOT_LOGGED = -1;

    private final long maxBytes;
    private final List<LogEntry> entries = new ArrayList<>();
    private final List<Mark> marks = new ArrayList<>();
    private long tick;
    private long epoch;
    private long bytes;
    /** Changes when the log is cleared, so that what was submitted before does not complete in it. */
    private int generation;

    private boolean complete = true;

    Journal(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** Notes that a request goes down. Returns what to hand to {@link #completed}. */
    long submitted(Request request) {
        // Copied outside of the monitor: the buffers are the submitter's until the request ends, and do not change.
        ByteBuffer data = request.op() == BioOp.WRITE ? copy(request) : ByteBuffer.allocate(0);
        synchronized (this) {
            bytes += data.capacity();
            complete &= bytes <= maxBytes;
            if (!complete) {
                return NOT_LOGGED;
            }
            int number = entries.size();
            entries.add(new LogEntry(
                    number,
                    request.op(),
                    request.sector(),
                    request.sectors(),
                    data.asReadOnlyBuffer(),
                    request.fua(),
                    epoch,
                    ++tick,
                    LogEntry.NEVER,
                    false));
            return (long) generation << 32 | number;
        }
    }

    private static ByteBuffer copy(Request request) {
        ByteBuffer data = ByteBuffer.allocate((int) request.sectors() * 512);
        for (int i = 0; i < request.segmentCount(); i++) {
            data.put(request.segment(i).duplicate());
        }
        return data.flip();
    }

    synchronized void completed(long ticket, boolean ok) {
        if (ticket == NOT_LOGGED || ticket >>> 32 != generation) {
            return;
        }
        int number = (int) ticket;
        LogEntry e = entries.get(number);
        entries.set(
                number,
                new LogEntry(
                        e.number(),
                        e.op(),
                        e.sector(),
                        e.sectors(),
                        e.data(),
                        e.fua(),
                        e.epoch(),
                        e.submittedAt(),
                        ++tick,
                        ok));
        if (ok && e.op() == BioOp.FLUSH) {
            epoch++;
        }
    }

    @Override
    public synchronized long now() {
        return tick;
    }

    @Override
    public synchronized long mark(String name) {
        marks.add(new Mark(name, tick));
        return tick;
    }

    @Override
    public synchronized List<Mark> marks() {
        return List.copyOf(marks);
    }

    @Override
    public synchronized List<LogEntry> entries() {
        return List.copyOf(entries);
    }

    @Override
    public List<LogEntry> durable(long at) {
        List<LogEntry> all = entries();
        // The flush that counts is the one submitted last of those completed in time.
        long flushed = all.stream()
                .filter(e -> e.op() == BioOp.FLUSH && e.ok() && e.completedAt() <= at)
                .mapToLong(LogEntry::submittedAt)
                .max()
                .orElse(-1);
        return all.stream()
                .filter(e -> e.op() != BioOp.FLUSH && e.ok())
                .filter(e -> e.completedAt() < flushed || (e.fua() && e.completedAt() <= at))
                .toList();
    }

    /** A write that failed may have reached the medium, or parts of it: it stays in doubt. */
    @Override
    public List<LogEntry> inDoubt(long at) {
        Set<Long> durable = durable(at).stream().map(LogEntry::number).collect(Collectors.toSet());
        return entries().stream()
                .filter(e -> e.op() != BioOp.FLUSH && e.submittedAt() <= at && !durable.contains(e.number()))
                .toList();
    }

    @Override
    public void replay(long at, Collection<LogEntry> survivors, DiskHandle target) throws IOException {
        if (!isComplete()) {
            throw new IllegalStateException("the log has overflowed " + maxBytes + " bytes and cannot be replayed");
        }
        Set<Long> inDoubt = inDoubt(at).stream().map(LogEntry::number).collect(Collectors.toCollection(HashSet::new));
        List<LogEntry> chosen = new ArrayList<>(durable(at));
        for (LogEntry survivor : survivors) {
            if (!inDoubt.remove(survivor.number())) {
                throw new IllegalArgumentException(
                        "entry " + survivor.number() + " was not in doubt at tick " + at + ", or is named twice");
            }
            chosen.add(survivor);
        }
        chosen.sort(Comparator.comparingLong(LogEntry::completedAt).thenComparingLong(LogEntry::submittedAt));
        for (LogEntry entry : chosen) {
            apply(entry, target);
        }
        target.flush();
    }

    private static void apply(LogEntry entry, DiskHandle target) throws IOException {
        if (entry.op() == BioOp.WRITE) {
            target.write(entry.sector(), entry.data());
        } else if (entry.op() == BioOp.WRITE_ZEROES) {
            zero(entry, target);
        }
        // What a discarded sector reads as is undefined: it may as well read as before.
    }

    private static void zero(LogEntry entry, DiskHandle target) throws IOException {
        for (long done = 0; done < entry.sectors(); done += ZEROES_SECTORS) {
            int sectors = (int) Math.min(ZEROES_SECTORS, entry.sectors() - done);
            target.write(entry.sector() + done, ByteBuffer.allocate(sectors * 512));
        }
    }

    @Override
    public synchronized boolean isComplete() {
        return complete;
    }

    @Override
    public synchronized void clear() {
        entries.clear();
        marks.clear();
        tick = 0;
        epoch = 0;
        bytes = 0;
        complete = true;
        generation++;
    }
}
