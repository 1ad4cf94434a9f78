package org.unplug.lab.internal.report;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Maps, lists, numbers, truths and text as JSON (RFC 8259); JSON that is there already as a {@link Raw}. */
public final class Json {

    /** A value that is written as it is. */
    public record Raw(String json) {}

    private Json() {}

    public static String of(Object value) {
        StringBuilder text = new StringBuilder();
        append(text, value, "");
        return text.append('\n').toString();
    }

    private static void append(StringBuilder text, Object value, String indent) {
        String deeper = indent + "  ";
        if (value instanceof Map<?, ?> map) {
            text.append('{');
            String separator = "";
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                text.append(separator)
                        .append('\n')
                        .append(deeper)
                        .append(quoted(entry.getKey().toString()))
                        .append(": ");
                append(text, entry.getValue(), deeper);
                separator = ",";
            }
            text.append('\n').append(indent).append('}');
        } else if (value instanceof List<?> list) {
            text.append('[');
            String separator = "";
            for (Object element : list) {
                text.append(separator);
                append(text, element, deeper);
                separator = ", ";
            }
            text.append(']');
        } else if (value instanceof Raw raw) {
            text.append(raw.json().strip());
        } else if (value instanceof Double number) {
            text.append(String.format(Locale.ROOT, "%.3f", number));
        } else if (value instanceof Number || value instanceof Boolean) {
            text.append(value);
        } else {
            text.append(quoted(String.valueOf(value)));
        }
    }

    static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                default -> {
                    if (c < ' ') {
                        quoted.append(String.format("\\u%04x", (int) c));
                    } else {
                        quoted.append(c);
                    }
                }
            }
        }
        return quoted.append('"').toString();
    }
}
