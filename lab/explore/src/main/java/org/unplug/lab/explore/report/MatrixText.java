package org.unplug.lab.explore.report;

import java.util.Locale;
import org.unplug.lab.explore.matrix.Cell;
import org.unplug.lab.explore.matrix.Matrix;
import org.unplug.lab.internal.contract.Line;

/** The matrix for a terminal. */
public final class MatrixText {

    private static final int LABEL = 20;
    private static final int CELL = 5;

    private MatrixText() {}

    public static String of(Matrix matrix) {
        StringBuilder out = new StringBuilder(" ".repeat(LABEL));
        for (Line line : Line.values()) {
            out.append(right(line.name()));
        }
        out.append('\n');
        for (Matrix.Row row : matrix.rows()) {
            out.append(String.format("%-" + LABEL + "s", row.protocol().shown()));
            for (Line line : Line.values()) {
                out.append(right(mark(row.cell(line))));
            }
            out.append('\n');
        }
        out.append("yes kept, NO broken, (yes) (no) kept or not, though not promised, - not observable\n");
        return out.append(String.format(
                        Locale.ROOT,
                        "%,d executions, %,d distinct states after the unplug%n",
                        matrix.executions(),
                        matrix.states()))
                .toString();
    }

    private static String right(String text) {
        return " ".repeat(Math.max(1, CELL + 1 - text.length())) + text;
    }

    private static String mark(Cell cell) {
        return switch (cell.outcome()) {
            case HOLDS -> "yes";
            case BROKEN -> "NO";
            case NOT_OBSERVED -> "-";
            case NOT_PROMISED -> cell.executions() == 0 ? "(-)" : cell.isKept() ? "(yes)" : "(no)";
        };
    }
}
