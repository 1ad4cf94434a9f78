package org.unplug.lab.internal.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.unplug.lab.internal.contract.Course;
import org.unplug.lab.internal.contract.Findings;
import org.unplug.lab.internal.contract.Line;
import org.unplug.lab.internal.contract.Scenario;
import org.unplug.lab.internal.contract.Verdict;

/** The findings as Markdown: the same verdicts and figures as the page, without its drawings of one run. */
public final class MarkdownFile {

    private final Findings findings;
    private final StringBuilder out = new StringBuilder();

    private MarkdownFile(Findings findings) {
        this.findings = findings;
    }

    public static void write(Path file, Findings findings, Protocols protocols) throws IOException {
        Files.writeString(file, of(findings, protocols));
    }

    static String of(Findings findings, Protocols protocols) {
        MarkdownFile file = new MarkdownFile(findings);
        file.out.append("# Removal: MMC beside SCSI beside the contract\n\n");
        file.out.append(TextTable.headline(findings)).append(".\n\n## In this run\n\n");
        file.verdicts();
        file.broken();
        Beside.of(findings)
                .forEach(sentence -> file.out.append("- ").append(sentence).append('\n'));
        file.figures();
        file.out.append("\n").append(protocols.markdown());
        file.out
                .append("\n## How to repeat it\n\n    ")
                .append(findings.command())
                .append("\n\n");
        findings.notes().forEach(note -> file.out.append("- ").append(note).append('\n'));
        return file.out.toString();
    }

    /** A row of a table. */
    public static String row(List<String> cells) {
        return "| "
                + String.join(
                        " | ", cells.stream().map(c -> c.replace("|", "\\|")).toList()) + " |\n";
    }

    private void head(String corner) {
        List<String> titles = new ArrayList<>(List.of(corner));
        for (String side : findings.sides()) {
            findings.scenarios().forEach(scenario -> titles.add(side + " " + scenario.title()));
        }
        out.append(row(titles)).append("|---".repeat(titles.size())).append("|\n");
    }

    private void row(String label, Function<Course, String> cell) {
        List<String> cells = new ArrayList<>(List.of(label));
        for (String side : findings.sides()) {
            for (Scenario scenario : findings.scenarios()) {
                Course course = findings.course(side, scenario);
                cells.add(course == null ? "" : cell.apply(course));
            }
        }
        out.append(row(cells));
    }

    private void verdicts() {
        head("line");
        for (Line line : Line.values()) {
            row(line + " " + line.title(), course -> mark(course.verdicts().get(line)));
        }
        out.append('\n');
    }

    private static String mark(Verdict verdict) {
        return switch (verdict.outcome()) {
            case HOLDS -> "holds";
            case BROKEN -> "**broken**";
            case NOT_OBSERVED -> "not observable";
        };
    }

    private void broken() {
        for (Course course : findings.courses()) {
            for (Line line : Line.values()) {
                Verdict verdict = course.verdicts().get(line);
                if (verdict.isBroken()) {
                    out.append("- **")
                            .append(line)
                            .append(' ')
                            .append(line.title())
                            .append("**, ");
                    out.append(course.side())
                            .append(' ')
                            .append(course.scenario().title());
                    out.append(": ").append(verdict.text()).append('\n');
                }
            }
        }
    }

    private void figures() {
        out.append('\n');
        head("measured");
        Row.ALL.forEach(each -> row(each.label(), course -> each.figure().apply(course.figures())));
    }
}
