package org.unplug.lab.internal.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.unplug.lab.internal.contract.Course;
import org.unplug.lab.internal.contract.Figures;
import org.unplug.lab.internal.contract.Findings;
import org.unplug.lab.internal.contract.Line;
import org.unplug.lab.internal.contract.Moment;
import org.unplug.lab.internal.contract.Verdict;

/** The findings as JSON (RFC 8259). */
public final class JsonFile {

    private JsonFile() {}

    public static void write(Path file, Findings findings) throws IOException {
        Files.writeString(file, of(findings));
    }

    static String of(Findings findings) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("broken", findings.isBroken());
        all.put("seed", findings.seed());
        all.put("command", findings.command());
        all.put("seconds", findings.seconds());
        all.put("removals", findings.removals());
        all.put("environment", findings.environment());
        all.put("notes", findings.notes());
        List<Object> courses = new ArrayList<>();
        findings.courses().forEach(course -> courses.add(course(course)));
        all.put("courses", courses);
        StringBuilder text = new StringBuilder();
        append(text, all, "");
        return text.append('\n').toString();
    }

    private static Map<String, Object> course(Course course) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("side", course.side());
        all.put("scenario", course.scenario().title());
        Map<String, Object> lines = new LinkedHashMap<>();
        for (Line line : Line.values()) {
            Verdict verdict = course.verdicts().get(line);
            lines.put(line.name(), Map.of("outcome", verdict.outcome().name(), "text", verdict.text()));
        }
        all.put("lines", lines);
        Figures figures = course.figures();
        Map<String, Object> measured = new LinkedHashMap<>();
        measured.put("returnNanos", figures.returnNanos());
        measured.put("drainNanos", figures.drainNanos());
        measured.put("inFlight", figures.inFlight());
        measured.put("gone", figures.gone());
        measured.put("other", figures.other());
        measured.put("fileErrors", figures.fileErrors());
        measured.put("bytesVerified", figures.bytesVerified());
        measured.put("requests", figures.requests());
        all.put("figures", measured);
        List<Object> moments = new ArrayList<>();
        for (Moment moment : course.moments()) {
            moments.add(Map.of("where", moment.where().name(), "nanos", moment.nanos(), "text", moment.text()));
        }
        all.put("moments", moments);
        return all;
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
