package org.unplug.lab.internal.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.unplug.lab.internal.contract.Course;
import org.unplug.lab.internal.contract.Findings;
import org.unplug.lab.internal.contract.Line;
import org.unplug.lab.internal.contract.Scenario;
import org.unplug.lab.internal.contract.Verdict;

/** The findings as one table of text, on 112 columns: the contract's lines, MMC beside SCSI, and what was measured. */
public final class TextTable {

    private static final int LABEL = 42;
    private static final int CELL = 7;
    private static final int WRAP = 110;

    private final Findings findings;
    private final boolean colour;
    private final StringBuilder out = new StringBuilder();

    private TextTable(Findings findings, boolean colour) {
        this.findings = findings;
        this.colour = colour;
    }

    public static String of(Findings findings, boolean colour) {
        TextTable table = new TextTable(findings, colour);
        table.head();
        table.lines();
        table.figures();
        table.broken();
        table.notObserved();
        table.foot();
        return table.out.toString();
    }

    private void head() {
        StringBuilder sides = new StringBuilder(" ".repeat(LABEL));
        StringBuilder names = new StringBuilder(pad("the contract", LABEL));
        for (String side : findings.sides()) {
            int width = CELL * findings.scenarios().size();
            sides.append(pad("  " + side + " " + "-".repeat(Math.max(0, width - side.length() - 4)), width));
            findings.scenarios().forEach(s -> names.append(left(s.title())));
        }
        out.append(sides.toString().stripTrailing()).append('\n').append(names).append('\n');
    }

    private void lines() {
        for (Line line : Line.values()) {
            out.append(pad(pad(line.name(), 4) + line.brief(), LABEL));
            eachCourse(
                    course -> course == null ? left("") : mark(course.verdicts().get(line)));
            out.append('\n');
        }
    }

    private void figures() {
        out.append('\n');
        for (Row row : Row.ALL) {
            out.append(pad("    " + row.label(), LABEL));
            eachCourse(course -> left(course == null ? "" : row.figure().apply(course.figures())));
            out.append('\n');
        }
    }

    private void eachCourse(Function<Course, String> cell) {
        for (String side : findings.sides()) {
            for (Scenario scenario : findings.scenarios()) {
                out.append(cell.apply(findings.course(side, scenario)));
            }
        }
    }

    private String mark(Verdict verdict) {
        return switch (verdict.outcome()) {
            case HOLDS -> paint(left("holds"), 32);
            case BROKEN -> paint(left("BROKEN"), 31);
            case NOT_OBSERVED -> left("-");
        };
    }

    private String paint(String text, int code) {
        return colour ? "\033[" + code + "m" + text + "\033[m" : text;
    }

    private void broken() {
        for (Course course : findings.courses()) {
            for (Line line : Line.values()) {
                Verdict verdict = course.verdicts().get(line);
                if (verdict.isBroken()) {
                    wrap("BROKEN " + line + " " + line.title() + ", " + course.side() + " "
                            + course.scenario().title() + ": " + verdict.text());
                }
            }
        }
    }

    /** The same reason is told once, with all the places where it holds. */
    private void notObserved() {
        Map<String, List<String>> places = new LinkedHashMap<>();
        for (Line line : Line.values()) {
            for (Scenario scenario : findings.scenarios()) {
                Map<String, List<String>> sides = new LinkedHashMap<>();
                for (String side : findings.sides()) {
                    Course course = findings.course(side, scenario);
                    Verdict verdict = course == null ? null : course.verdicts().get(line);
                    if (verdict != null && verdict.outcome() == Verdict.Outcome.NOT_OBSERVED) {
                        sides.computeIfAbsent(verdict.text(), t -> new ArrayList<>())
                                .add(side);
                    }
                }
                sides.forEach((reason, which) -> places.computeIfAbsent(reason, t -> new ArrayList<>())
                        .add(line + " " + scenario.title()
                                + (which.size() == findings.sides().size() ? "" : " " + which.get(0))));
            }
        }
        out.append('\n');
        places.forEach((reason, where) -> wrap("-  " + String.join(", ", where) + ": " + reason));
    }

    private void foot() {
        findings.notes().forEach(this::wrap);
        out.append(headline(findings))
                .append('\n')
                .append("again: ")
                .append(findings.command())
                .append('\n');
    }

    /** The whole in a sentence. */
    static String headline(Findings findings) {
        long broken = findings.count(Verdict.Outcome.BROKEN);
        String text = broken == 0
                ? "Every line that was observed holds"
                : broken + (broken == 1 ? " line is broken" : " lines are broken");
        return String.format(
                Locale.ROOT,
                "%s: %d removals under load, %d verdicts hold, %d broken, %d not observable; seed %d; %.1f s",
                text,
                findings.removals(),
                findings.count(Verdict.Outcome.HOLDS),
                broken,
                findings.count(Verdict.Outcome.NOT_OBSERVED),
                findings.seed(),
                findings.seconds());
    }

    private void wrap(String text) {
        String rest = text;
        String indent = "";
        while (indent.length() + rest.length() > WRAP) {
            int at = rest.lastIndexOf(' ', WRAP - indent.length());
            if (at <= 0) {
                break;
            }
            out.append(indent).append(rest, 0, at).append('\n');
            rest = rest.substring(at + 1);
            indent = "   ";
        }
        out.append(indent).append(rest).append('\n');
    }

    private static String left(String text) {
        return " ".repeat(Math.max(0, CELL - text.length())) + text;
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }
}
