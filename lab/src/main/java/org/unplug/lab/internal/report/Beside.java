package org.unplug.lab.internal.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.unplug.lab.internal.contract.Course;
import org.unplug.lab.internal.contract.Figures;
import org.unplug.lab.internal.contract.Findings;
import org.unplug.lab.internal.contract.Line;
import org.unplug.lab.internal.contract.Scenario;
import org.unplug.lab.internal.contract.Verdict;

/** What the two stacks have in common in a run, and in what they differ, in sentences. */
final class Beside {

    private Beside() {}

    static List<String> of(Findings findings) {
        List<String> sentences = new ArrayList<>();
        if (findings.sides().size() == 2) {
            sentences.add(verdicts(findings));
        }
        for (Scenario scenario : findings.scenarios()) {
            List<String> sides = new ArrayList<>();
            for (String side : findings.sides()) {
                Course course = findings.course(side, scenario);
                if (course != null && course.figures().removals() > 0 && scenario != Scenario.AGAIN) {
                    sides.add(side + " " + figures(course.figures()));
                }
            }
            if (!sides.isEmpty()) {
                sentences.add(scenario.title() + ": " + String.join("; ", sides) + ".");
            }
        }
        return sentences;
    }

    private static String verdicts(Findings findings) {
        List<String> different = new ArrayList<>();
        for (Scenario scenario : findings.scenarios()) {
            for (Line line : Line.values()) {
                Verdict first = verdict(findings, 0, scenario, line);
                Verdict second = verdict(findings, 1, scenario, line);
                if (first != null && second != null && first.outcome() != second.outcome()) {
                    different.add(line + " " + scenario.title());
                }
            }
        }
        String both = String.join(" and ", findings.sides());
        return different.isEmpty()
                ? both + " have the same verdict on every line in every scenario: the promise is the block layer's, and"
                        + " neither stack has one of its own."
                : both + " have different verdicts on " + String.join(", ", different) + ".";
    }

    private static Verdict verdict(Findings findings, int side, Scenario scenario, Line line) {
        Course course = findings.course(findings.sides().get(side), scenario);
        return course == null ? null : course.verdicts().get(line);
    }

    private static String figures(Figures figures) {
        return String.format(
                Locale.ROOT,
                "returned after %s ms in the middle and %s ms at most, with up to %d requests in flight, of which %d ended GONE",
                Row.ms(Figures.median(figures.returnNanos())),
                Row.ms(Figures.max(figures.returnNanos())),
                Figures.max(figures.inFlight()),
                Figures.sum(figures.gone()));
    }
}
