package org.unplug.lab.internal.report;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.unplug.lab.internal.contract.Course;
import org.unplug.lab.internal.contract.Findings;
import org.unplug.lab.internal.contract.Line;
import org.unplug.lab.internal.contract.Scenario;
import org.unplug.lab.internal.contract.Verdict;

/** The findings as one page that needs nothing else: style and drawings are inside. */
public final class HtmlPage {

    private static final String STYLE = "page.css";

    private final Findings findings;
    private final StringBuilder out = new StringBuilder();

    private HtmlPage(Findings findings) {
        this.findings = findings;
    }

    public static void write(Path file, Findings findings, Protocols protocols) throws IOException {
        Files.writeString(file, of(findings, protocols));
    }

    static String of(Findings findings, Protocols protocols) throws IOException {
        HtmlPage page = new HtmlPage(findings);
        page.head();
        page.matrix();
        page.beside();
        page.out.append(protocols.html());
        page.figures();
        page.timelines();
        page.plots();
        page.scenarios();
        page.details();
        page.foot();
        return page.out.toString();
    }

    private static String style() throws IOException {
        try (InputStream in = HtmlPage.class.getResourceAsStream(STYLE)) {
            if (in == null) {
                throw new IOException("the page's style is not in the bundle");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private void head() throws IOException {
        long broken = findings.count(Verdict.Outcome.BROKEN);
        String verdict =
                broken == 0 ? "Nothing broke." : broken == 1 ? "One line is broken." : broken + " lines are broken.";
        out.append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        out.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        out.append("<title>Unplug: ").append(Html.text(verdict)).append("</title>\n<style>\n");
        out.append(style())
                .append("</style>\n</head>\n<body>\n<header class=\"")
                .append(broken == 0 ? "good" : "bad");
        out.append("\">\n<p class=\"kicker\">Unplug · MMC beside SCSI beside the contract</p>\n<h1>");
        out.append(Html.text(verdict)).append("</h1>\n<p class=\"lead\">");
        out.append(String.format(
                Locale.ROOT,
                "Disks with mounted file systems were taken away <b>%d times</b> under load, in one OSGi framework. "
                        + "Each removal was judged from outside by the %d lines of the removal contract: "
                        + "<b>%d</b> verdicts hold, <b>%d</b> are broken, %d could not be observed and prove nothing.",
                findings.removals(),
                Line.values().length,
                findings.count(Verdict.Outcome.HOLDS),
                broken,
                findings.count(Verdict.Outcome.NOT_OBSERVED)));
        out.append("</p>\n</header>\n<main>\n");
        if (broken > 0) {
            out.append("<section class=\"broken\"><h2>What is broken</h2>\n<ul>\n");
            for (Course course : findings.courses()) {
                for (Line line : Line.values()) {
                    Verdict each = course.verdicts().get(line);
                    if (each.isBroken()) {
                        out.append("<li><b>")
                                .append(line)
                                .append(' ')
                                .append(line.title())
                                .append(", ");
                        out.append(Html.text(course.side()))
                                .append(' ')
                                .append(course.scenario().title());
                        out.append(":</b> ").append(Html.text(each.text())).append("</li>\n");
                    }
                }
            }
            out.append("</ul></section>\n");
        }
    }

    private void matrix() {
        out.append("<section><h2>The contract, line by line</h2>\n<p>Point at a cell to see what was observed; ");
        out.append("all of it is written out below.</p>\n<div class=\"wide\"><table class=\"matrix\">\n<thead>");
        columns("");
        out.append("</thead>\n<tbody>\n");
        for (Line line : Line.values()) {
            out.append("<tr><th scope=\"row\"><b>")
                    .append(line)
                    .append(" ")
                    .append(line.title())
                    .append("</b> <span>");
            out.append(Html.text(line.sentence())).append("</span></th>");
            for (String side : findings.sides()) {
                for (Scenario scenario : findings.scenarios()) {
                    cell(
                            findings.course(side, scenario),
                            line,
                            scenario == findings.scenarios().get(0));
                }
            }
            out.append("</tr>\n");
        }
        out.append(
                "</tbody></table></div>\n<p class=\"legend\"><span class=\"mark holds\">✓</span> observed, as promised ");
        out.append("<span class=\"mark broken\">✗</span> observed otherwise <span class=\"mark none\">–</span> ");
        out.append("could not be observed there</p></section>\n");
    }

    private void columns(String corner) {
        out.append("<tr><th rowspan=\"2\">").append(corner).append("</th>");
        int many = findings.scenarios().size();
        findings.sides()
                .forEach(side -> out.append("<th class=\"side\" colspan=\"")
                        .append(many)
                        .append("\">")
                        .append(Html.text(side))
                        .append("</th>"));
        out.append("</tr><tr>");
        for (int i = 0; i < findings.sides().size(); i++) {
            for (Scenario scenario : findings.scenarios()) {
                out.append(scenario == findings.scenarios().get(0) ? "<th class=\"first\"" : "<th");
                out.append(" title=\"").append(Html.text(scenario.sentence())).append("\">");
                out.append(scenario.title()).append("</th>");
            }
        }
        out.append("</tr>");
    }

    private void cell(Course course, Line line, boolean first) {
        out.append(first ? "<td class=\"first\"" : "<td");
        if (course == null) {
            out.append("></td>");
            return;
        }
        Verdict verdict = course.verdicts().get(line);
        out.append(" title=\"")
                .append(Html.text(verdict.text()))
                .append("\">")
                .append(mark(verdict))
                .append("</td>");
    }

    private static String mark(Verdict verdict) {
        return switch (verdict.outcome()) {
            case HOLDS -> "<span class=\"mark holds\">✓</span>";
            case BROKEN -> "<span class=\"mark broken\">✗</span>";
            case NOT_OBSERVED -> "<span class=\"mark none\">–</span>";
        };
    }

    private void beside() {
        out.append("<section><h2>MMC beside SCSI, in this run</h2>\n");
        Beside.of(findings)
                .forEach(sentence ->
                        out.append("<p>").append(Html.text(sentence)).append("</p>\n"));
        out.append("</section>\n");
    }

    private void figures() {
        out.append("<section><h2>What was measured</h2>\n<div class=\"wide\"><table class=\"figures\">\n<thead>");
        columns("");
        out.append("</thead>\n<tbody>\n");
        for (Row row : Row.ALL) {
            out.append("<tr><th scope=\"row\"><b>")
                    .append(Html.text(row.label()))
                    .append("</b> <span>");
            out.append(Html.text(row.means())).append("</span></th>");
            for (String side : findings.sides()) {
                for (Scenario scenario : findings.scenarios()) {
                    Course course = findings.course(side, scenario);
                    out.append(scenario == findings.scenarios().get(0) ? "<td class=\"first\">" : "<td>");
                    out.append(course == null ? "" : Html.text(row.figure().apply(course.figures())))
                            .append("</td>");
                }
            }
            out.append("</tr>\n");
        }
        out.append("</tbody></table></div></section>\n");
    }

    private void timelines() {
        List<Course> watched =
                findings.courses().stream().filter(c -> !c.moments().isEmpty()).toList();
        if (watched.isEmpty()) {
            return;
        }
        out.append(
                "<section><h2>One removal, as it went</h2>\n<p>The driver's bundle is stopped while files are written. ");
        out.append(
                "The times are from the call of <code>Bundle.stop()</code>; each moment is one that the laboratory saw ");
        out.append("itself, as a holder, a listener or a caller.</p>\n");
        for (Course course : watched) {
            boolean shown = course.scenario() == Scenario.STOP;
            String title = course.side() + ", " + course.scenario().title();
            out.append(shown ? "<figure><figcaption>" : "<details><summary>").append(Html.text(title));
            out.append(": ").append(Html.text(course.scenario().sentence()));
            out.append(shown ? "</figcaption>\n" : "</summary>\n").append("<div class=\"wide\">");
            out.append(SvgTimeline.of(course.moments(), title)).append("</div>");
            out.append(shown ? "</figure>\n" : "</details>\n");
        }
        out.append("</section>\n");
    }

    private void plots() {
        List<Course> traced =
                findings.courses().stream().filter(c -> c.trace() != null).toList();
        if (traced.isEmpty()) {
            return;
        }
        out.append(
                "<section><h2>The load around the removal</h2>\n<p>Raw requests of the laboratory on both sides, in steps of ");
        out.append("5 ms; the removal is shaded. The side that loses its disk falls silent, or fails at once. ");
        out.append("The other one goes on.</p>\n<div class=\"plots\">\n");
        for (Course course : traced) {
            String other = findings.sides().stream()
                    .filter(s -> !s.equals(course.side()))
                    .findFirst()
                    .orElse("");
            String title = course.side() + ", " + course.scenario().title();
            out.append("<figure><figcaption>").append(Html.text(title)).append("</figcaption>\n");
            out.append(SvgPlot.of(course.trace(), course.side(), other, title)).append("</figure>\n");
        }
        out.append("</div></section>\n");
    }

    private void scenarios() {
        out.append("<section><h2>What was done</h2>\n<dl>\n");
        for (Scenario scenario : findings.scenarios()) {
            out.append("<dt>").append(scenario.title()).append("</dt><dd>");
            out.append(Html.text(scenario.sentence())).append("</dd>\n");
        }
        out.append(
                "</dl>\n<p>On each side there is a medium with two partitions. On the first a FAT volume is mounted, where ");
        out.append(
                "two threads write files of known content, fsync some and delete old ones, and one reads and compares. ");
        out.append("On the second eight requests at a time read and write stamped sectors and flush now and then. ");
        out.append("The SCSI unit has a volatile write cache that a yank really loses.</p></section>\n");
    }

    private void details() {
        out.append("<section><h2>Everything that was observed</h2>\n");
        for (Line line : Line.values()) {
            out.append("<details><summary><b>")
                    .append(line)
                    .append(' ')
                    .append(line.title())
                    .append("</b> ");
            out.append(Html.text(line.brief())).append("</summary>\n<p>").append(Html.text(line.sentence()));
            out.append(" <i>Judged from:</i> ")
                    .append(Html.text(line.observed()))
                    .append("</p>\n<table class=\"seen\">\n");
            for (Course course : findings.courses()) {
                Verdict verdict = course.verdicts().get(line);
                out.append("<tr><td>").append(mark(verdict)).append("</td><td class=\"where\">");
                out.append(Html.text(course.side()))
                        .append(' ')
                        .append(course.scenario().title())
                        .append("</td><td>");
                out.append(Html.text(verdict.text())).append("</td></tr>\n");
            }
            out.append("</table></details>\n");
        }
        out.append("</section>\n");
    }

    private void foot() {
        out.append("<section><h2>How to repeat it</h2>\n<pre>")
                .append(Html.text(findings.command()))
                .append("</pre>\n");
        out.append("<p>The seed makes the same choices again; threads interleave as they like.</p>\n<ul>\n");
        findings.notes()
                .forEach(note -> out.append("<li>").append(Html.text(note)).append("</li>\n"));
        out.append("</ul>\n<table class=\"seen\">\n");
        out.append("<tr><td>seed</td><td>").append(findings.seed()).append("</td></tr>\n");
        out.append("<tr><td>took</td><td>")
                .append(String.format(Locale.ROOT, "%.1f s", findings.seconds()))
                .append("</td></tr>\n");
        findings.environment()
                .forEach((key, value) -> out.append("<tr><td>")
                        .append(Html.text(key))
                        .append("</td><td>")
                        .append(Html.text(value))
                        .append("</td></tr>\n"));
        out.append("</table></section>\n</main>\n</body>\n</html>\n");
    }
}
