package org.unplug.lab.explore.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.unplug.lab.explore.matrix.Cell;
import org.unplug.lab.explore.matrix.Matrix;
import org.unplug.lab.explore.matrix.Story;
import org.unplug.lab.internal.contract.Line;
import org.unplug.lab.internal.report.MarkdownFile;

/** The matrix as Markdown, in parts. */
public final class MatrixMarkdown {

    private final Matrix matrix;
    private final Words words;

    public MatrixMarkdown(Matrix matrix) {
        this.matrix = matrix;
        words = new Words(matrix);
    }

    /** Everything. */
    public String whole() {
        return "## The protocols of the past, and ours\n\n" + table() + "\n" + tried() + "\n## MMC against SCSI\n\n"
                + mmcAgainstScsi() + "\n## The mail of 2009\n\n" + mail()
                + "\n## The shortest schedules that break them\n\n"
                + pictures(matrix.rows()) + "\n## What was promised, and by whom\n\n" + promises();
    }

    /** Protocols against lines. */
    public String table() {
        List<String> head = new ArrayList<>(List.of("protocol"));
        for (Line line : Line.values()) {
            head.add(line + " " + line.title());
        }
        head.add("returned after");
        head.add("with a stuck driver");
        StringBuilder out = new StringBuilder(MarkdownFile.row(head));
        out.append("|---".repeat(head.size())).append("|\n");
        for (Matrix.Row row : matrix.rows()) {
            List<String> cells = new ArrayList<>(List.of(row.protocol().title()));
            for (Line line : Line.values()) {
                cells.add(mark(row.cell(line)));
            }
            cells.add(Marks.time(row.returnMs()));
            cells.add(Marks.time(row.stuckMs()));
            out.append(MarkdownFile.row(cells));
        }
        return out.toString();
    }

    private static String mark(Cell cell) {
        return switch (cell.outcome()) {
            case HOLDS -> "holds";
            case BROKEN -> "**broken**";
            case NOT_OBSERVED -> "-";
            case NOT_PROMISED ->
                "not promised" + (cell.executions() == 0 ? "" : cell.isKept() ? ", kept" : ", not kept");
        };
    }

    private String tried() {
        return String.format(
                Locale.ROOT,
                "%,d executions of the same scenes, %,d distinct states after the unplug; times are virtual.%n",
                matrix.executions(),
                matrix.states());
    }

    private static String items(List<String> sentences) {
        StringBuilder out = new StringBuilder();
        for (String sentence : sentences) {
            int end = sentence.indexOf('.') + 1;
            out.append("- **")
                    .append(sentence, 0, end)
                    .append("**")
                    .append(sentence.substring(end))
                    .append('\n');
        }
        return out.toString();
    }

    public String mmcAgainstScsi() {
        return items(words.mmcAgainstScsi());
    }

    /** What the mail of 2009 got right, and where counting alone was not enough. */
    public String mail() {
        return "What it got right:\n\n" + items(words.right()) + "\nWhere counting alone was not enough:\n\n"
                + items(words.notEnough());
    }

    /** The shortest schedule of each broken cell of these protocols, drawn. */
    public String pictures(List<Matrix.Row> rows) {
        StringBuilder out = new StringBuilder();
        for (Matrix.Row row : rows) {
            for (Line line : Line.values()) {
                Cell cell = row.cell(line);
                if (cell.outcome() == Cell.Outcome.BROKEN) {
                    out.append(picture(row, line)).append('\n');
                }
            }
        }
        return out.toString();
    }

    /** One of them. */
    public String picture(Matrix.Row row, Line line) {
        Cell cell = row.cell(line);
        return "### " + row.protocol().title() + ": " + line + " " + line.title() + "\n\n" + "Again: `"
                + Marks.again(cell) + "`\n\n"
                + Mermaid.of(Story.of(cell.shortest().account(), line));
    }

    private String promises() {
        StringBuilder out =
                new StringBuilder("| protocol | line | promised | source | seen |\n|---|---|---|---|---|\n");
        for (Matrix.Row row : matrix.rows()) {
            for (Line line : Line.values()) {
                Cell cell = row.cell(line);
                out.append(MarkdownFile.row(List.of(
                        row.protocol().shown(),
                        line.name(),
                        cell.promise().made()
                                ? cell.promise().words()
                                : "nothing: " + cell.promise().words(),
                        cell.promise().source(),
                        Marks.seen(cell))));
            }
        }
        return out.toString();
    }
}
