package org.unplug.shell.command;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.unplug.block.BioOp;
import org.unplug.block.DiskInfo;
import org.unplug.block.TraceEvent;
import org.unplug.block.TraceEvent.Step;
import org.unplug.shell.table.Column;

/**
 * Requests out of a trace's steps. A request is known by its tag from its issue to its completion; what was queued before is
 * found by what it asked for: a large bio was split over several requests, and several went in one. Fed in order; one thread.
 */
final class Timelines {

    /** What was queued and is not wholly in requests yet. */
    private record Queued(TraceEvent event, List<TraceEvent> steps) {
        boolean touches(TraceEvent request) {
            boolean sameOp = event.op() == request.op();
            return sameOp
                    && (event.op() == BioOp.FLUSH
                            || event.sector() < request.sector() + request.sectors()
                                    && request.sector() < event.sector() + event.sectors());
        }

        boolean endsWithin(TraceEvent request) {
            return event.sector() + event.sectors() <= request.sector() + request.sectors();
        }
    }

    /** A request that is being put together. */
    private static final class Open {
        private final TraceEvent first;
        private final List<TraceEvent> steps = new ArrayList<>();
        private int bios = 1;

        Open(TraceEvent first) {
            this.first = first;
        }
    }

    /**
     * A request.
     *
     * @param at since the trace began
     * @param op what was asked
     * @param sector where
     * @param sizeBytes how much
     * @param waitedNanos from being queued to being issued; null if the trace began in between
     * @param driverNanos from being issued to its completion; null if it never came
     * @param status how it ended; "-" if it has not
     * @param bios how many went in it
     * @param steps the steps' letters, each with the time since the one before
     * @param thread that issued it
     */
    record RequestRow(
            String at,
            String op,
            long sector,
            long sizeBytes,
            Long waitedNanos,
            Long driverNanos,
            String status,
            @Column(hidden = true) int bios,
            String steps,
            String thread) {}

    private final long startNanos;
    private final List<Queued> queued = new ArrayList<>();
    private final Map<Integer, Open> byTag = new HashMap<>();
    private final List<Open> all = new ArrayList<>();

    Timelines(long startNanos) {
        this.startNanos = startNanos;
    }

    void add(TraceEvent event) {
        switch (event.step()) {
            case QUEUED -> queued.add(new Queued(event, new ArrayList<>(List.of(event))));
            case WAITING -> waiting(event);
            case MERGED -> merged(event);
            case ISSUED -> issued(event);
            case REQUEUED -> requeued(event);
            case COMPLETED, ABANDONED -> ended(event);
        }
    }

    private void waiting(TraceEvent event) {
        queued.stream()
                .filter(bio -> bio.touches(event))
                .findFirst()
                .ifPresent(bio -> bio.steps().add(event));
    }

    private void merged(TraceEvent event) {
        queued.removeIf(bio -> bio.touches(event) && bio.endsWithin(event));
        Open into = byTag.get(event.tag());
        if (into == null) {
            into = begin(event);
            into.bios = 1;
        }
        into.bios++;
        into.steps.add(event);
    }

    private Open begin(TraceEvent event) {
        Open request = new Open(event);
        byTag.put(event.tag(), request);
        all.add(request);
        return request;
    }

    private void issued(TraceEvent event) {
        Open request = byTag.get(event.tag());
        boolean goesOn = request != null && request.steps.stream().noneMatch(s -> s.step() == Step.COMPLETED);
        if (!goesOn) {
            request = begin(event);
        }
        Open into = request;
        queued.stream()
                .filter(bio -> bio.touches(event))
                .findFirst()
                .ifPresent(bio -> into.steps.addAll(0, bio.steps()));
        queued.removeIf(bio -> bio.touches(event) && bio.endsWithin(event));
        into.steps.add(event);
    }

    private void requeued(TraceEvent event) {
        Open request = byTag.get(event.tag());
        if (request != null) {
            request.steps.add(event);
        } else {
            waiting(event);
        }
    }

    /** An abandoned request ends twice: when the core ends it, and when the driver lets go. */
    private void ended(TraceEvent event) {
        Open request = byTag.get(event.tag());
        if (request == null) {
            // Issued before the trace began.
            request = begin(event);
        }
        request.steps.add(event);
        if (event.step() == Step.COMPLETED) {
            byTag.remove(event.tag());
        }
    }

    /** How many requests have ended. */
    static boolean isEnd(TraceEvent event) {
        return event.step() == Step.COMPLETED;
    }

    /** The requests in the order in which they were first seen, then what is queued still. */
    List<RequestRow> rows() {
        List<RequestRow> rows = new ArrayList<>();
        all.forEach(request -> rows.add(row(request)));
        for (Queued bio : queued) {
            Open waits = new Open(bio.event());
            waits.steps.addAll(bio.steps());
            rows.add(row(waits));
        }
        return rows;
    }

    private RequestRow row(Open request) {
        List<TraceEvent> steps = request.steps;
        TraceEvent asked = steps.stream()
                .filter(s -> s.step() == Step.ISSUED)
                .reduce((a, b) -> b)
                .orElse(request.first);
        Long queuedAt = when(steps, Step.QUEUED);
        Long issuedAt = when(steps, Step.ISSUED);
        TraceEvent end =
                steps.stream().filter(s -> s.status() != null).findFirst().orElse(null);
        return new RequestRow(
                String.format("%.3f ms", (steps.get(0).nanos() - startNanos) / 1e6),
                asked.op().name(),
                asked.sector(),
                asked.sectors() * DiskInfo.SECTOR_BYTES,
                queuedAt == null || issuedAt == null ? null : Math.max(0, issuedAt - queuedAt),
                end == null || issuedAt == null ? null : end.nanos() - issuedAt,
                end == null ? "-" : end.status().name(),
                request.bios,
                letters(steps),
                asked.thread());
    }

    private static Long when(List<TraceEvent> steps, Step step) {
        return steps.stream()
                .filter(s -> s.step() == step)
                .map(TraceEvent::nanos)
                .findFirst()
                .orElse(null);
    }

    /** As "Q I+12 D+3 C+220": microseconds since the step before. */
    private static String letters(List<TraceEvent> steps) {
        StringBuilder text = new StringBuilder();
        TraceEvent before = null;
        for (TraceEvent step : steps) {
            text.append(before == null ? "" : " ").append(step.step().letter());
            if (before != null) {
                text.append('+').append((step.nanos() - before.nanos()) / 1000);
            }
            before = step;
        }
        return text.toString();
    }
}
