package org.unplug.lab.explore.report;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.unplug.lab.explore.matrix.Cell;
import org.unplug.lab.explore.matrix.Matrix;
import org.unplug.lab.explore.matrix.Story;
import org.unplug.lab.internal.contract.Line;
import org.unplug.lab.internal.report.Html;

/** The matrix as sections of compare's page; its style comes with it and uses the colours of that page. */
public final class MatrixHtml {

    private final Matrix matrix;
    private final Words words;
    private final StringBuilder out = new StringBuilder();

    private MatrixHtml(Matrix matrix) {
        this.matrix = matrix;
        words = new Words(matrix);
    }

    /** @throws IOException if the style is not in the jar */
    public static String of(Matrix matrix) throws IOException {
        MatrixHtml html = new MatrixHtml(matrix);
        html.out.append("<style>\n").append(style()).append("</style>\n");
        html.table();
        html.words();
        html.protocols();
        return html.out.toString();
    }

    private static String style() throws IOException {
        try (InputStream in = MatrixHtml.class.getResourceAsStream("matrix.css")) {
            if (in == null) {
                throw new IOException("matrix.css is not in the jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private void table() {
        out.append("<section id=\"protocols\"><h2>The protocols of the past, and ours</h2>\n<p>");
        out.append(String.format(
                Locale.ROOT,
                "The same small worlds were played over each protocol as running code, flat and in virtual time, with the unplug at "
                        + "steps spread over each and at random: <b>%,d executions</b>, %,d distinct states after the unplug. "
                        + "A line that nobody had promised cannot be broken; what was seen of it is shown all the same.",
                matrix.executions(),
                matrix.states()));
        out.append("</p>\n<div class=\"wide\"><table class=\"matrix eras\">\n<thead><tr><th></th>");
        for (Line line : Line.values()) {
            out.append("<th title=\"")
                    .append(Html.text(line.sentence()))
                    .append("\">")
                    .append(line);
            out.append("<span>").append(Html.text(line.title())).append("</span></th>");
        }
        out.append("<th>returned after</th><th>with a stuck driver</th></tr></thead>\n<tbody>\n");
        for (Matrix.Row row : matrix.rows()) {
            out.append(row.protocol().isOurs() ? "<tr class=\"ours\">" : "<tr>")
                    .append("<th scope=\"row\"><a href=\"#");
            out.append(id(row))
                    .append("\">")
                    .append(Html.text(row.protocol().title()))
                    .append("</a></th>");
            for (Line line : Line.values()) {
                cell(row, line);
            }
            out.append("<td class=\"time\">").append(Marks.time(row.returnMs())).append("</td><td class=\"time\">");
            out.append(Marks.time(row.stuckMs())).append("</td></tr>\n");
        }
        out.append("</tbody></table></div>\n<p class=\"legend\">");
        legend("<b class=\"mark holds\">✓</b> promised and kept");
        legend("<b class=\"mark broken\">✗</b> promised and not kept");
        legend("<b class=\"mark soft\">✓</b> <b class=\"mark soft\">✗</b> not promised: kept, not kept");
        legend("<b class=\"mark none\">–</b> not observable");
        out.append("Below each: the executions in which it could be judged, and in how many of them it was not kept. ");
        out.append("Times are virtual; a step of an era may take 1 ms.</p>");
        out.append("</section>\n");
    }

    private void legend(String item) {
        out.append("<span>").append(item).append("</span> ");
    }

    private static String id(Matrix.Row row) {
        return "protocol-" + row.protocol().shown().replace('.', '-');
    }

    private void cell(Matrix.Row row, Line line) {
        Cell cell = row.cell(line);
        out.append("<td title=\"").append(Html.text(line + ": " + Marks.word(cell) + "; " + Marks.seen(cell)));
        out.append("\">")
                .append(mark(cell))
                .append("<small>")
                .append(count(cell))
                .append("</small></td>");
    }

    private static String count(Cell cell) {
        return cell.executions() == 0 ? "" : (cell.broken() == 0 ? "" : cell.broken() + "/") + cell.executions();
    }

    private static String mark(Cell cell) {
        return switch (cell.outcome()) {
            case HOLDS -> span("holds", "✓", cell);
            case BROKEN -> span("broken", "✗", cell);
            case NOT_OBSERVED -> span("none", "–", cell);
            case NOT_PROMISED ->
                cell.executions() == 0 ? span("none", "–", cell) : span("soft", cell.isKept() ? "✓" : "✗", cell);
        };
    }

    private static String span(String style, String sign, Cell cell) {
        return "<span class=\"mark " + style + "\" role=\"img\" aria-label=\"" + Marks.word(cell) + "\">" + sign
                + "</span>";
    }

    private void words() {
        out.append("<section><h2>MMC against SCSI</h2>\n");
        sentences(words.mmcAgainstScsi());
        out.append("</section>\n<section><h2>The mail of 2009</h2>\n<h3>What it got right</h3>\n");
        sentences(words.right());
        out.append("<h3>Where counting alone was not enough</h3>\n");
        sentences(words.notEnough());
        out.append("</section>\n");
    }

    private void sentences(List<String> sentences) {
        out.append("<ul class=\"argument\">\n");
        for (String sentence : sentences) {
            int end = sentence.indexOf('.') + 1;
            out.append("<li><b>").append(Html.text(sentence.substring(0, end))).append("</b>");
            out.append(Html.text(sentence.substring(end))).append("</li>\n");
        }
        out.append("</ul>\n");
    }

    private void protocols() {
        out.append(
                "<section><h2>Each protocol, line by line</h2>\n<p>What it promised and where that is said, what was seen, and the ");
        out.append("shortest schedule found that breaks it, as it went; the command plays it again.</p>\n");
        for (Matrix.Row row : matrix.rows()) {
            out.append("<details id=\"").append(id(row)).append("\"><summary><b>");
            out.append(Html.text(row.protocol().title())).append("</b> ").append(broken(row));
            out.append("</summary>\n<div class=\"wide\"><table class=\"seen\">\n");
            for (Line line : Line.values()) {
                Cell cell = row.cell(line);
                out.append("<tr><td>")
                        .append(mark(cell))
                        .append("</td><td class=\"where\">")
                        .append(line)
                        .append(' ');
                out.append(line.title()).append("</td><td>");
                out.append(cell.promise().made() ? "" : "<i>not promised:</i> ");
                out.append(Html.text(cell.promise().words()));
                if (!cell.promise().source().isEmpty()) {
                    out.append(" <i>(")
                            .append(Html.text(cell.promise().source()))
                            .append(")</i>");
                }
                out.append("</td><td>").append(Html.text(Marks.seen(cell))).append("</td></tr>\n");
            }
            out.append("</table></div>\n");
            row.other()
                    .forEach(text -> out.append("<p>").append(Html.text(text)).append("</p>\n"));
            for (Line line : Line.values()) {
                picture(row, line);
            }
            out.append("</details>\n");
        }
        out.append("</section>\n");
    }

    private static String broken(Matrix.Row row) {
        List<String> broken = row.cells().entrySet().stream()
                .filter(entry -> entry.getValue().outcome() == Cell.Outcome.BROKEN)
                .map(entry -> entry.getKey().name())
                .toList();
        return broken.isEmpty() ? "keeps what it promised" : "breaks " + String.join(", ", broken);
    }

    private void picture(Matrix.Row row, Line line) {
        Cell cell = row.cell(line);
        if (cell.outcome() != Cell.Outcome.BROKEN) {
            return;
        }
        Story story = Story.of(cell.shortest().account(), line);
        String title = line + " " + line.title() + ": " + story.end();
        out.append("<figure><figcaption>").append(Html.text(title)).append("</figcaption>\n<div class=\"wide\">");
        out.append(SvgSequence.of(story, title)).append("</div>\n<code>").append(Html.text(Marks.again(cell)));
        out.append("</code></figure>\n");
    }
}
