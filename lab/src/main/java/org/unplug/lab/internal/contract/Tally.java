package org.unplug.lab.internal.contract;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The verdicts over several removals: one that is broken breaks the line, and a line that was never observed is not held.
 * Remembers no more than the first few broken ones. Used by one thread.
 */
public final class Tally {

    private static final int REMEMBERED = 3;

    private final Map<Line, Count> counts = new EnumMap<>(Line.class);

    private static final class Count {
        private long held;
        private long broken;
        private long notObserved;
        private String lastHeld = "";
        private String reason = "nothing was removed";
        private final List<String> complaints = new ArrayList<>();
    }

    public Tally() {
        for (Line line : Line.values()) {
            counts.put(line, new Count());
        }
    }

    /** Adds the verdicts on one removal. */
    public void add(Map<Line, Verdict> verdicts) {
        verdicts.forEach((line, verdict) -> {
            Count count = counts.get(line);
            switch (verdict.outcome()) {
                case HOLDS -> {
                    count.held++;
                    count.lastHeld = verdict.text();
                }
                case BROKEN -> {
                    count.broken++;
                    if (count.complaints.size() < REMEMBERED) {
                        count.complaints.add(verdict.text());
                    }
                }
                case NOT_OBSERVED -> {
                    count.notObserved++;
                    count.reason = verdict.text();
                }
            }
        });
    }

    /** How many verdicts of broken lines there were. */
    public long broken() {
        return counts.values().stream().mapToLong(c -> c.broken).sum();
    }

    /** One verdict for each line. */
    public Map<Line, Verdict> verdicts() {
        Map<Line, Verdict> verdicts = new EnumMap<>(Line.class);
        counts.forEach((line, count) -> verdicts.put(line, verdict(count)));
        return verdicts;
    }

    private static Verdict verdict(Count count) {
        long all = count.held + count.broken + count.notObserved;
        if (count.broken > 0) {
            String first = String.join(" | ", count.complaints);
            return Verdict.broken(all == 1 ? first : count.broken + " of " + all + " times: " + first);
        }
        if (count.held == 0) {
            return Verdict.notObserved(count.reason);
        }
        return Verdict.holds(
                all == 1
                        ? count.lastHeld
                        : "observed " + count.held + " of " + all + " times, last: " + count.lastHeld);
    }
}
