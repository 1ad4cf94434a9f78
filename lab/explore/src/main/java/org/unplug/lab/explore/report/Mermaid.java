package org.unplug.lab.explore.report;

import java.util.List;
import org.unplug.lab.explore.engine.Account.Happening;
import org.unplug.lab.explore.matrix.Story;

/** A story as a sequence diagram in Mermaid's text. */
final class Mermaid {

    private Mermaid() {}

    static String of(Story story) {
        StringBuilder out = new StringBuilder("```mermaid\nsequenceDiagram\n");
        List<String> lanes = story.lanes();
        for (int i = 0; i < lanes.size(); i++) {
            out.append("    participant p")
                    .append(i)
                    .append(" as ")
                    .append(lanes.get(i))
                    .append('\n');
        }
        for (Happening each : story.happenings()) {
            if (each.from().isEmpty()) {
                out.append("    Note over p0: ").append(each.what()).append('\n');
                continue;
            }
            out.append("    p")
                    .append(lanes.indexOf(each.from()))
                    .append(each.line().isEmpty() ? "->>p" : "-xp")
                    .append(lanes.indexOf(each.to()))
                    .append(": ")
                    .append(each.what().replace(';', ',').replace("#", ""))
                    .append('\n');
        }
        return out.append("```\n").toString();
    }
}
