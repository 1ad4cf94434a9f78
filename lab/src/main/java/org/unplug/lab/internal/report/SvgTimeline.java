package org.unplug.lab.internal.report;

import java.util.List;
import java.util.Locale;
import org.unplug.lab.internal.contract.Moment;

/** One removal as a sequence in three columns, a row for each moment, with its time. */
final class SvgTimeline {

    private static final int WIDTH = 780;
    private static final int TIME = 86;
    private static final int COLUMN = 232;
    private static final int HEAD = 34;
    private static final int ROW = 25;
    private static final int LETTERS = 36;
    private static final List<String> TITLES = List.of("driver and stopping thread", "block-core", "holders");

    private SvgTimeline() {}

    static String of(List<Moment> moments, String title) {
        if (moments.isEmpty()) {
            return "";
        }
        int height = HEAD + moments.size() * ROW + 8;
        StringBuilder out = new StringBuilder();
        out.append("<svg class=\"timeline\" viewBox=\"0 0 ")
                .append(WIDTH)
                .append(' ')
                .append(height);
        out.append("\" role=\"img\" aria-label=\"").append(Html.text(title)).append("\">\n");
        for (int i = 0; i < TITLES.size(); i++) {
            int x = x(i);
            text(out, "column", x - 5, 14, "start", TITLES.get(i));
            out.append("<line class=\"life\" x1=\"")
                    .append(x)
                    .append("\" x2=\"")
                    .append(x)
                    .append("\" y1=\"22\" y2=\"");
            out.append(height - 4).append("\"/>\n");
        }
        int previous = -1;
        int previousY = 0;
        for (int i = 0; i < moments.size(); i++) {
            Moment moment = moments.get(i);
            int column = moment.where().column();
            int y = HEAD + i * ROW + 6;
            if (previous >= 0 && previous != column) {
                out.append("<line class=\"step\" x1=\"")
                        .append(x(previous))
                        .append("\" y1=\"")
                        .append(previousY);
                out.append("\" x2=\"")
                        .append(x(column))
                        .append("\" y2=\"")
                        .append(y)
                        .append("\"/>\n");
            }
            previous = column;
            previousY = y;
        }
        for (int i = 0; i < moments.size(); i++) {
            Moment moment = moments.get(i);
            int x = x(moment.where().column());
            int y = HEAD + i * ROW + 6;
            text(out, "time", TIME - 14, y + 4, "end", String.format(Locale.ROOT, "%.2f ms", moment.nanos() / 1e6));
            out.append("<circle class=\"dot\" cx=\"")
                    .append(x)
                    .append("\" cy=\"")
                    .append(y)
                    .append("\" r=\"4\"/>\n");
            text(out, "what", x + 9, y + 4, "start", shorten(moment.text()));
        }
        return out.append("</svg>\n").toString();
    }

    private static int x(int column) {
        return TIME + column * COLUMN;
    }

    private static String shorten(String text) {
        return text.length() <= LETTERS ? text : text.substring(0, LETTERS - 1) + "…";
    }

    private static void text(StringBuilder out, String style, int x, int y, String anchor, String text) {
        out.append("<text class=\"")
                .append(style)
                .append("\" x=\"")
                .append(x)
                .append("\" y=\"")
                .append(y);
        out.append("\" text-anchor=\"")
                .append(anchor)
                .append("\">")
                .append(Html.text(text))
                .append("</text>\n");
    }
}
