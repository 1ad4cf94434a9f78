package org.unplug.lab.internal.report;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.unplug.lab.internal.contract.Course;
import org.unplug.lab.internal.load.Pulse;

/** The load around a removal, drawn: requests in flight above, the slowest request of each 5 ms below. */
final class SvgPlot {

    private static final int WIDTH = 350;
    private static final int LEFT = 34;
    private static final int RIGHT = 8;
    private static final int PANEL = 74;
    private static final int TOP = 16;
    private static final int GAP = 30;
    private static final int HEIGHT = TOP + 2 * PANEL + GAP + 28;

    private final Course.Trace trace;
    private final StringBuilder out = new StringBuilder();
    private final double fromMs;
    private final double toMs;

    private SvgPlot(Course.Trace trace) {
        this.trace = trace;
        fromMs = ms(trace.mine().get(0).atNanos());
        toMs = ms(trace.mine().get(trace.mine().size() - 1).atNanos() + Pulse.BUCKET_NANOS);
    }

    static String of(Course.Trace trace, String mine, String other, String title) {
        if (trace == null || trace.mine().isEmpty()) {
            return "";
        }
        SvgPlot plot = new SvgPlot(trace);
        plot.draw(mine, other, title);
        return plot.out.toString();
    }

    private double ms(long nanos) {
        return (nanos - trace.beganNanos()) / 1e6;
    }

    private double x(double ms) {
        return LEFT + (ms - fromMs) / (toMs - fromMs) * (WIDTH - LEFT - RIGHT);
    }

    private void draw(String mine, String other, String title) {
        out.append("<svg class=\"plot\" viewBox=\"0 0 ")
                .append(WIDTH)
                .append(' ')
                .append(HEIGHT)
                .append("\" role=\"img\" ");
        out.append("aria-label=\"").append(Html.text(title)).append("\">\n");
        double end = Math.max(ms(trace.endedNanos()), Pulse.BUCKET_NANOS / 1e6 / 2);
        out.append("<rect class=\"span\" x=\"")
                .append(Html.at(x(0)))
                .append("\" y=\"")
                .append(TOP - 6);
        out.append("\" width=\"").append(Html.at(Math.max(1.5, x(end) - x(0)))).append("\" height=\"");
        out.append(2 * PANEL + GAP + 6).append("\"/>\n");
        panel(TOP, "in flight", b -> b.inside(), "%.0f");
        panel(TOP + PANEL + GAP, "slowest, ms", b -> b.slowestNanos() / 1e6, "%.3g");
        int bottom = TOP + 2 * PANEL + GAP;
        for (double tick : new double[] {-200, -100, 0, 100, 200, 300}) {
            if (tick >= fromMs && tick <= toMs) {
                text("tick", x(tick), bottom + 13, "middle", String.format(Locale.ROOT, "%.0f", tick));
            }
        }
        text("tick", WIDTH - RIGHT, bottom + 23, "end", "ms since the removal began");
        text("mine-label", LEFT + 4, bottom + 23, "start", "■ " + mine);
        text("other-label", LEFT + 60, bottom + 23, "start", "■ " + other + " (stays)");
        out.append("</svg>\n");
    }

    private void panel(int top, String name, ToDoubleFunction<Pulse.Beat> value, String format) {
        double most = Math.max(1, Math.max(most(trace.mine(), value), most(trace.other(), value)));
        int base = top + PANEL;
        text("tick", LEFT - 4, top + 4, "end", String.format(Locale.ROOT, format, most));
        text("tick", LEFT - 4, base, "end", "0");
        text("name", LEFT, top - 4, "start", name);
        out.append("<line class=\"axis\" x1=\"").append(LEFT).append("\" x2=\"").append(WIDTH - RIGHT);
        out.append("\" y1=\"").append(base).append("\" y2=\"").append(base).append("\"/>\n");
        line("other", trace.other(), value, most, base);
        line("mine", trace.mine(), value, most, base);
    }

    private static double most(List<Pulse.Beat> beats, ToDoubleFunction<Pulse.Beat> value) {
        return beats.stream().mapToDouble(value).max().orElse(0);
    }

    /** Steps, since a value stands for its whole bucket. */
    private void line(String style, List<Pulse.Beat> beats, ToDoubleFunction<Pulse.Beat> value, double most, int base) {
        if (beats.isEmpty()) {
            return;
        }
        StringBuilder path = new StringBuilder();
        double width = x(fromMs + Pulse.BUCKET_NANOS / 1e6) - x(fromMs);
        String command = "M";
        for (Pulse.Beat beat : beats) {
            double x = x(ms(beat.atNanos()));
            double y = base - value.applyAsDouble(beat) / most * PANEL;
            path.append(command)
                    .append(Html.at(x))
                    .append(' ')
                    .append(Html.at(y))
                    .append('H')
                    .append(Html.at(x + width));
            command = "L";
        }
        out.append("<path class=\"")
                .append(style)
                .append("\" d=\"")
                .append(path)
                .append("\"/>\n");
    }

    private void text(String style, double x, double y, String anchor, String text) {
        out.append("<text class=\"")
                .append(style)
                .append("\" x=\"")
                .append(Html.at(x))
                .append("\" y=\"")
                .append(Html.at(y));
        out.append("\" text-anchor=\"")
                .append(anchor)
                .append("\">")
                .append(Html.text(text))
                .append("</text>\n");
    }
}
