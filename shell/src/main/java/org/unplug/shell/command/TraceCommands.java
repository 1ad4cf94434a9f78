package org.unplug.shell.command;

import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Function;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.unplug.block.BioOp;
import org.unplug.block.DiskControl;
import org.unplug.block.DiskInfo;
import org.unplug.block.Disks;
import org.unplug.block.TraceEvent;
import org.unplug.shell.Interruption;

/** blktrace: what becomes of a disk's requests, one a line. */
@Component(service = TraceCommands.class)
@GogoCommand(scope = "unplug", function = "blktrace")
public final class TraceCommands {

    private static final int MOST_REQUESTS = 10_000;
    /** More steps than that a request does not take, unless it is put off again and again. */
    private static final int STEPS_EACH = 16;

    private static final long MOST_SECONDS = 3600;

    private final Disks disks;
    private final DiskControl control;

    @Activate
    public TraceCommands(@Reference Disks disks, @Reference DiskControl control) {
        this.disks = disks;
        this.control = control;
    }

    /**
     * A step of a request.
     *
     * @param at since the trace began
     * @param step its letter and name
     * @param op what was asked
     * @param sector where
     * @param sizeBytes how much
     * @param tag the request's slot; null where there is none yet
     * @param status how it ended
     * @param thread that made the step
     */
    public record StepRow(
            String at,
            String step,
            String op,
            long sector,
            long sizeBytes,
            Integer tag,
            String status,
            String thread) {}

    /** What was seen, bounded; filled by submitting and completing threads. */
    private static final class Film {
        private final List<TraceEvent> events = new ArrayList<>();
        private final int mostRequests;
        private int ended;

        Film(int mostRequests) {
            this.mostRequests = mostRequests;
        }

        synchronized void add(TraceEvent event) {
            if (ended < mostRequests && events.size() < (long) mostRequests * STEPS_EACH) {
                events.add(event);
                ended += Timelines.isEnd(event) ? 1 : 0;
            }
        }

        synchronized boolean isFull() {
            return ended >= mostRequests || events.size() >= (long) mostRequests * STEPS_EACH;
        }

        /** In the order of time: two threads may have come in another. */
        synchronized List<TraceEvent> inOrder() {
            List<TraceEvent> sorted = new ArrayList<>(events);
            sorted.sort((a, b) -> Long.compare(a.nanos(), b.nanos()));
            return sorted;
        }
    }

    @Descriptor("shows a disk's requests as they go: queued Q, waiting I, merged M, issued D, put off R, completed C,"
            + " ended over the driver's head A; +N: microseconds later")
    public List<? extends Record> blktrace(
            CommandSession session,
            @Descriptor("stop after so many requests (100)") @Parameter(names = "-n", absentValue = "100") int requests,
            @Descriptor("stop after so many seconds (5), unless commands are given")
                    @Parameter(names = "-t", absentValue = "5")
                    int seconds,
            @Descriptor("every step on a line of its own")
                    @Parameter(names = "-r", presentValue = "true", absentValue = "false")
                    boolean raw,
            @Descriptor("the disk") @Names.Of(Names.Kind.DISK) String disk,
            @Descriptor("commands to run meanwhile, in braces: { cp host:a /mnt/b; sync }") Function[] commands)
            throws Exception {
        if (requests < 1 || requests > MOST_REQUESTS) {
            throw new CommandException("-n " + requests + ": must be 1 to " + MOST_REQUESTS);
        }
        if (seconds < 1 || seconds > MOST_SECONDS) {
            throw new CommandException("-t " + seconds + ": must be 1 to " + MOST_SECONDS);
        }
        DiskInfo info = disks.list().stream()
                .map(status -> status.info())
                .filter(known -> known.name().equals(disk))
                .findFirst()
                .orElseThrow(() -> BlockCommands.noSuchDisk(disk, disks));
        Film film = new Film(requests);
        long start = System.nanoTime();
        try (AutoCloseable trace = control.trace(disk, film::add);
                Interruption.Stay stay = Interruption.of(session).enter()) {
            for (Function command : commands) {
                command.execute(session, List.of());
            }
            if (commands.length == 0) {
                Waiting.until(seconds * 1000L, stay, film::isFull);
            }
        } catch (InterruptedIOException asked) {
            // Ctrl-C: what was seen so far is shown.
        }
        // Where there is no cache a flush ends at once, and no request comes of it.
        List<TraceEvent> events = film.inOrder().stream()
                .filter(event -> event.op() != BioOp.FLUSH || info.writeCache())
                .toList();
        if (events.isEmpty()) {
            throw new CommandException(
                    disk + ": no request came" + (commands.length == 0 ? " in " + seconds + " s" : ""));
        }
        if (raw) {
            return events.stream().map(event -> row(event, start)).toList();
        }
        Timelines lines = new Timelines(start);
        events.forEach(lines::add);
        return lines.rows();
    }

    private static StepRow row(TraceEvent event, long start) {
        return new StepRow(
                String.format("%.3f ms", (event.nanos() - start) / 1e6),
                event.step().letter() + " " + event.step().name(),
                event.op().name(),
                event.sector(),
                event.sectors() * DiskInfo.SECTOR_BYTES,
                event.tag() < 0 ? null : event.tag(),
                event.status() == null ? "" : event.status().name(),
                event.thread());
    }
}
