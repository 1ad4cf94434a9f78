package org.unplug.shell.table;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A value as text. The unit stands at the end of a component's name - {@code Bytes}, {@code Ms}, {@code Nanos} - and decides
 * how its number reads; the heading is the name without it.
 */
public final class Cell {

    private static final String[] UNITS = {"B", "K", "M", "G", "T", "P", "E"};

    private Cell() {}

    static String heading(String component) {
        return stem(component).toUpperCase(Locale.ROOT);
    }

    /** The component's name without its unit, in words. */
    static String stem(String component) {
        String stem = component;
        for (String unit : List.of("Bytes", "Ms", "Nanos")) {
            if (stem.endsWith(unit) && stem.length() > unit.length()) {
                stem = stem.substring(0, stem.length() - unit.length());
            }
        }
        return stem.replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
    }

    /** One line for each element of a collection, otherwise one line; never empty. */
    static List<String> lines(String component, Object value) {
        if (value instanceof Collection<?> many && !many.isEmpty()) {
            return many.stream().map(one -> text(component, one)).toList();
        }
        return List.of(text(component, value));
    }

    static String text(String component, Object value) {
        if (value == null) {
            return "";
        }
        if (value instanceof Optional<?> maybe) {
            return maybe.map(inner -> text(component, inner)).orElse("");
        }
        if (value instanceof Boolean flag) {
            return flag ? "yes" : "no";
        }
        if (value instanceof Enum<?> constant) {
            return constant.name();
        }
        if (value instanceof Collection<?> many) {
            return many.stream().map(one -> text(component, one)).collect(Collectors.joining(", "));
        }
        if (value instanceof Number number) {
            if (component.endsWith("Bytes")) {
                return size(number.longValue());
            }
            if (component.endsWith("Ms")) {
                return number + " ms";
            }
            if (component.endsWith("Nanos")) {
                return time(number.longValue());
            }
        }
        return value.toString();
    }

    /** Milliseconds, and microseconds where these would show as nothing. */
    private static String time(long nanos) {
        return Math.abs(nanos) < 1_000_000
                ? String.format(Locale.ROOT, "%.0f µs", nanos / 1e3)
                : String.format(Locale.ROOT, "%.1f ms", nanos / 1e6);
    }

    static boolean isRight(Class<?> type) {
        return Number.class.isAssignableFrom(type)
                || (type.isPrimitive() && type != boolean.class && type != char.class);
    }

    /** As lsblk writes sizes: powers of 1024, one decimal where it says something. */
    public static String size(long bytes) {
        double value = bytes;
        int unit = 0;
        while (Math.abs(value) >= 1024 && unit < UNITS.length - 1) {
            value /= 1024;
            unit++;
        }
        String text = String.format(Locale.ROOT, "%.1f", value);
        return (text.endsWith(".0") ? text.substring(0, text.length() - 2) : text) + UNITS[unit];
    }
}
