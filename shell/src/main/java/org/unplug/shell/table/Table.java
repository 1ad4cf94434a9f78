package org.unplug.shell.table;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Records of one class as an aligned table, a heading for each component, numbers to the right. Stateless; any thread.
 */
public final class Table {

    private static final String GAP = "  ";

    private Table() {}

    /** The table, each line ended; empty if there are no rows. */
    public static String of(Collection<? extends Record> rows) {
        if (rows.isEmpty()) {
            return "";
        }
        Class<?> type = rows.iterator().next().getClass();
        List<RecordComponent> columns = Arrays.stream(type.getRecordComponents())
                .filter(column -> !annotation(column).hidden())
                .filter(column -> !annotation(column).rare()
                        || rows.stream()
                                .anyMatch(row -> !Cell.text(column.getName(), value(row, column))
                                        .isEmpty()))
                .toList();
        List<List<List<String>>> cells = new ArrayList<>();
        cells.add(columns.stream().map(column -> List.of(heading(column))).toList());
        Map<String, Integer> depths = new HashMap<>();
        for (Record row : rows) {
            cells.add(columns.stream().map(column -> cell(row, column, depths)).toList());
        }
        return align(
                cells,
                columns.stream().map(column -> Cell.isRight(column.getType())).toList());
    }

    /** A single record, one component a line, the hidden ones too, those without a value not. */
    public static String ofOne(Record row) {
        List<List<List<String>>> cells = new ArrayList<>();
        for (RecordComponent column : row.getClass().getRecordComponents()) {
            Object value = value(row, column);
            if (value != null) {
                cells.add(List.of(List.of(Cell.stem(column.getName())), Cell.lines(column.getName(), value)));
            }
        }
        return align(cells, List.of(false, false));
    }

    /** Whether a table would not show all of it. */
    static boolean hidesSomething(Record row) {
        return Arrays.stream(row.getClass().getRecordComponents())
                .anyMatch(column -> annotation(column).hidden());
    }

    /** A single record on one line. */
    static String line(Record row) {
        StringBuilder text = new StringBuilder();
        for (RecordComponent column : row.getClass().getRecordComponents()) {
            text.append(text.isEmpty() ? "" : " ")
                    .append(column.getName())
                    .append('=')
                    .append(Cell.text(column.getName(), value(row, column)));
        }
        return text.toString();
    }

    /** What names a record: its first component. */
    static String part(Record row) {
        RecordComponent[] columns = row.getClass().getRecordComponents();
        return columns.length == 0 ? "" : Cell.text(columns[0].getName(), value(row, columns[0]));
    }

    private static List<String> cell(Record row, RecordComponent column, Map<String, Integer> depths) {
        List<String> lines = Cell.lines(column.getName(), value(row, column));
        String under = annotation(column).under();
        if (under.isEmpty()) {
            return lines;
        }
        Object above = Arrays.stream(row.getClass().getRecordComponents())
                .filter(other -> other.getName().equals(under))
                .map(other -> value(row, other))
                .findFirst()
                .orElse("");
        Integer depthAbove = depths.get(String.valueOf(above));
        int depth = depthAbove == null ? 0 : depthAbove + 1;
        depths.put(lines.get(0), depth);
        return depth == 0 ? lines : List.of("  ".repeat(depth - 1) + "└─" + lines.get(0));
    }

    private static String align(List<List<List<String>>> rows, List<Boolean> right) {
        int[] widths = new int[right.size()];
        for (List<List<String>> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                for (String line : row.get(i)) {
                    widths[i] = Math.max(widths[i], line.length());
                }
            }
        }
        StringBuilder text = new StringBuilder();
        for (List<List<String>> row : rows) {
            int height = row.stream().mapToInt(List::size).max().orElse(0);
            for (int y = 0; y < height; y++) {
                StringBuilder line = new StringBuilder();
                for (int i = 0; i < widths.length; i++) {
                    String value = y < row.get(i).size() ? row.get(i).get(y) : "";
                    String pad = " ".repeat(widths[i] - value.length());
                    line.append(i == 0 ? "" : GAP).append(right.get(i) ? pad + value : value + pad);
                }
                text.append(line.toString().stripTrailing()).append('\n');
            }
        }
        return text.toString();
    }

    private static String heading(RecordComponent column) {
        String heading = annotation(column).heading();
        return heading.isEmpty() ? Cell.heading(column.getName()) : heading;
    }

    private static Object value(Record row, RecordComponent column) {
        try {
            column.getAccessor().setAccessible(true);
            return column.getAccessor().invoke(row);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("component " + column.getName() + " of " + row.getClass(), e);
        }
    }

    private static Column annotation(RecordComponent column) {
        Column own = column.getAnnotation(Column.class);
        return own != null ? own : Defaults.NONE;
    }

    /** Carries the annotation's defaults, so that a component without one needs no case of its own. */
    private record Defaults(@Column int none) {
        static final Column NONE = Defaults.class.getRecordComponents()[0].getAnnotation(Column.class);
    }
}
