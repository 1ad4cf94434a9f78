package org.unplug.lab.internal.contract;

import java.util.List;
import java.util.Map;

/**
 * All that a comparison found.
 *
 * @param seed that made the choices
 * @param command that repeats it
 * @param environment versions and the like, in order
 * @param notes what a reader must know about how it was done, a sentence each
 * @param courses by side and scenario
 * @param seconds how long it took
 */
public record Findings(
        long seed,
        String command,
        Map<String, String> environment,
        List<String> notes,
        List<Course> courses,
        double seconds) {

    public boolean isBroken() {
        return courses.stream().anyMatch(Course::isBroken);
    }

    public int removals() {
        return courses.stream()
                .filter(c -> c.scenario() != Scenario.AGAIN)
                .mapToInt(c -> c.figures().removals())
                .sum();
    }

    /** How many lines of how many courses have this outcome. */
    public long count(Verdict.Outcome outcome) {
        return courses.stream()
                .flatMap(c -> c.verdicts().values().stream())
                .filter(v -> v.outcome() == outcome)
                .count();
    }

    /** The sides in their order. */
    public List<String> sides() {
        return courses.stream().map(Course::side).distinct().toList();
    }

    /** The scenarios in their order. */
    public List<Scenario> scenarios() {
        return courses.stream().map(Course::scenario).distinct().sorted().toList();
    }

    /** A course, or null. */
    public Course course(String side, Scenario scenario) {
        return courses.stream()
                .filter(c -> c.side().equals(side) && c.scenario() == scenario)
                .findFirst()
                .orElse(null);
    }
}
