package org.unplug.lab.explore.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.unplug.lab.explore.engine.Account.Happening;
import org.unplug.lab.explore.matrix.Cell;
import org.unplug.lab.explore.matrix.Matrix;
import org.unplug.lab.explore.matrix.Story;
import org.unplug.lab.internal.contract.Line;
import org.unplug.lab.internal.report.Json;

/** The matrix as data. */
public final class MatrixJson {

    private MatrixJson() {}

    public static String of(Matrix matrix) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("executions", matrix.executions());
        all.put("states", matrix.states());
        List<Object> rows = new ArrayList<>();
        for (Matrix.Row row : matrix.rows()) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("protocol", row.protocol().shown());
            one.put("title", row.protocol().title());
            one.put("returnedAfter", Marks.time(row.returnMs()));
            one.put("returnedAfterWithAStuckDriver", Marks.time(row.stuckMs()));
            one.put("other", row.other());
            Map<String, Object> lines = new LinkedHashMap<>();
            for (Line line : Line.values()) {
                lines.put(line.name(), cell(row.cell(line), line));
            }
            one.put("lines", lines);
            rows.add(one);
        }
        all.put("protocols", rows);
        return Json.of(all);
    }

    private static Map<String, Object> cell(Cell cell, Line line) {
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("outcome", cell.outcome().name());
        one.put("promise", cell.promise().words());
        one.put("source", cell.promise().source());
        one.put("executions", cell.executions());
        one.put("broken", cell.broken());
        if (cell.shortest() != null) {
            one.put("schedule", cell.shortest().schedule().toString());
            one.put("seen", cell.seen());
            List<Object> story = new ArrayList<>();
            for (Happening each : Story.of(cell.shortest().account(), line).happenings()) {
                story.add(List.of(each.from(), each.to(), each.what()));
            }
            one.put("story", story);
        }
        return one;
    }
}
