package org.unplug.lab.explore.matrix;

import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.unplug.lab.internal.contract.Line;

/**
 * Protocols against lines.
 *
 * @param rows a protocol each
 * @param executions how many there were
 * @param states how many distinct states they came through after the unplug
 */
public record Matrix(List<Row> rows, int executions, int states) {

    /**
     * One protocol.
     *
     * @param cells for each line
     * @param returnMs the virtual time of the slowest removal whose driver completed; Account.NEVER if one had not returned
     * @param stuckMs the same where the driver never completes every third request
     * @param other what went wrong and is of no line
     */
    public record Row(Protocol protocol, Map<Line, Cell> cells, long returnMs, long stuckMs, List<String> other) {

        public Cell cell(Line line) {
            return cells.get(line);
        }
    }

    public Row row(String id) {
        return rows.stream()
                .filter(row -> row.protocol().shown().equals(id))
                .findFirst()
                .orElseThrow(() -> new NoSuchElementException(id));
    }

    /** Whether ours breaks a line, or does anything else that it should not. */
    public boolean oursIsBroken() {
        Row ours = row("ours");
        return !ours.other().isEmpty()
                || ours.cells().values().stream().anyMatch(cell -> cell.outcome() == Cell.Outcome.BROKEN);
    }
}
