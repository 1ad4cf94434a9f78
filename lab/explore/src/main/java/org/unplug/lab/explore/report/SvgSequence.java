package org.unplug.lab.explore.report;

import java.util.List;
import org.unplug.lab.explore.engine.Account.Happening;
import org.unplug.lab.explore.matrix.Story;
import org.unplug.lab.internal.report.Html;

/** A story as a drawing: a line for each that took part, an arrow for each thing that happened, the failure in red. */
final class SvgSequence {

    private static final int COLUMN = 190;
    private static final int LEFT = 70;
    private static final int HEAD = 40;
    private static final int ROW = 30;
    private static final int HOOK = 26;
    private static final double LETTER = 6.1;
    private static final int MARGIN = 14;

    private final Story story;
    private final List<String> lanes;
    private final StringBuilder out = new StringBuilder();
    private double width;

    private SvgSequence(Story story) {
        this.story = story;
        lanes = story.lanes();
    }

    static String of(Story story, String title) {
        return new SvgSequence(story).drawn(title);
    }

    private int x(String lane) {
        return LEFT + Math.max(0, lanes.indexOf(lane)) * COLUMN;
    }

    private String drawn(String title) {
        int height = HEAD + story.happenings().size() * ROW + 12;
        width = LEFT + (lanes.size() - 1) * COLUMN + LEFT;
        StringBuilder arrows = new StringBuilder();
        for (int i = 0; i < story.happenings().size(); i++) {
            arrow(arrows, story.happenings().get(i), HEAD + (i + 1) * ROW);
        }
        out.append("<svg class=\"sequence\" viewBox=\"0 0 ")
                .append((int) width)
                .append(' ')
                .append(height)
                .append("\" style=\"max-width:")
                .append((int) width)
                .append("px\" role=\"img\" aria-label=\"")
                .append(Html.text(title))
                .append("\">\n");
        for (String lane : lanes) {
            text(out, "lane", x(lane), 16, "middle", lane);
            line(out, "life", x(lane), 24, x(lane), height - 6);
        }
        return out.append(arrows).append("</svg>\n").toString();
    }

    private void arrow(StringBuilder to, Happening each, int y) {
        if (each.from().isEmpty()) {
            text(to, "gap", LEFT, y - 6, "start", "… " + each.what() + " …");
            return;
        }
        boolean fails = !each.line().isEmpty();
        String style = fails ? "fail" : "step";
        int from = x(each.from());
        int at = x(each.to());
        if (from == at) {
            to.append("<path class=\"")
                    .append(style)
                    .append("\" d=\"M")
                    .append(from)
                    .append(' ')
                    .append(y - 10);
            to.append("h").append(HOOK).append("v10h-").append(HOOK).append("\"/>\n");
        } else {
            line(to, style, from, y, at, y);
        }
        head(to, style, at, y, from < at ? -1 : 1, fails);
        String what = fails ? "✗ " + each.what() : each.what();
        // What does not fit between its two lines begins at the left one and goes on to the right.
        boolean fits = what.length() * LETTER < Math.abs(at - from) - 8;
        double begins = fits ? (from + at) / 2.0 : Math.min(from, at) + (from == at ? HOOK + 6 : 6);
        text(to, fails ? "wrong" : "what", begins, from == at ? y - 2 : y - 5, fits ? "middle" : "start", what);
        if (!fits) {
            width = Math.max(width, begins + what.length() * LETTER + MARGIN);
        }
    }

    private static void head(StringBuilder to, String style, int x, int y, int side, boolean fails) {
        to.append("<path class=\"").append(style).append("\" d=\"M");
        if (fails) {
            to.append(x - 5).append(' ').append(y - 5).append("l10 10m-10 0l10 -10\"/>\n");
        } else {
            to.append(x + side * 7)
                    .append(' ')
                    .append(y - 4)
                    .append('L')
                    .append(x)
                    .append(' ')
                    .append(y);
            to.append('L').append(x + side * 7).append(' ').append(y + 4).append("\"/>\n");
        }
    }

    private static void line(StringBuilder to, String style, int x1, int y1, int x2, int y2) {
        to.append("<line class=\"")
                .append(style)
                .append("\" x1=\"")
                .append(x1)
                .append("\" y1=\"")
                .append(y1);
        to.append("\" x2=\"").append(x2).append("\" y2=\"").append(y2).append("\"/>\n");
    }

    private static void text(StringBuilder to, String style, double x, int y, String anchor, String text) {
        to.append("<text class=\"")
                .append(style)
                .append("\" x=\"")
                .append(Html.at(x))
                .append("\" y=\"")
                .append(y);
        to.append("\" text-anchor=\"")
                .append(anchor)
                .append("\">")
                .append(Html.text(text))
                .append("</text>\n");
    }
}
