package org.unplug.lab.internal.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
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

    public static void write(Path file, Findings findings, Protocols protocols) throws IOException {
        Files.writeString(file, of(findings, protocols));
    }

    static String of(Findings findings, Protocols protocols) {
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
        all.put("protocols", new Json.Raw(protocols.json()));
        return Json.of(all);
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
}
