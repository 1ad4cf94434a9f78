package org.unplug.lab.internal.report;

import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.unplug.lab.internal.contract.Figures;

/**
 * A line of measured figures.
 *
 * @param label what it is, with its unit
 * @param means the same in a sentence
 * @param figure from what was measured
 */
record Row(String label, String means, Function<Figures, String> figure) {

    private static final double MEGA = 1e6;

    static final List<Row> ALL = List.of(
            new Row("removals", "How many.", f -> count(f.removals())),
            new Row(
                    "returned after, ms, median",
                    "From the call until it returned; for a yank, until the disk was dead.",
                    f -> ms(Figures.median(f.returnNanos()), f)),
            new Row("returned after, ms, longest", "The slowest of them.", f -> ms(Figures.max(f.returnNanos()), f)),
            new Row(
                    "drain, ms, median",
                    "From the first of our holders told until the disk was dead.",
                    f -> ms(Figures.median(f.drainNanos()), f)),
            new Row("drain, ms, longest", "The slowest of them.", f -> ms(Figures.max(f.drainNanos()), f)),
            new Row(
                    "in flight at refusal, most",
                    "Raw requests of ours inside when the first holder was told.",
                    f -> f.removals() == 0 ? "" : count(Figures.max(f.inFlight()))),
            new Row(
                    "requests failed GONE",
                    "Raw requests of ours that ended GONE from the refusal until the return.",
                    f -> f.removals() == 0 ? "" : count(Figures.sum(f.gone()))),
            new Row(
                    "requests failed otherwise",
                    "Raw requests that ended neither OK nor GONE.",
                    f -> f.removals() == 0 ? "" : count(Figures.sum(f.other()))),
            new Row(
                    "errors seen by file users",
                    "Operations on files that failed after the removal.",
                    f -> f.removals() == 0 ? "" : count(Figures.sum(f.fileErrors()))),
            new Row(
                    "raw requests",
                    "How many raw requests of ours there were, before and after.",
                    f -> f.removals() == 0 ? "" : count(Figures.sum(f.requests()))),
            new Row(
                    "verified, MB",
                    "Bytes of files and stamped sectors read and compared.",
                    f -> megabytes(Figures.sum(f.bytesVerified()))));

    private static String ms(long nanos, Figures figures) {
        return figures.removals() == 0 ? "" : ms(nanos);
    }

    static String ms(long nanos) {
        double ms = nanos / 1e6;
        return String.format(Locale.ROOT, Math.abs(ms) < 10 ? "%.2f" : Math.abs(ms) < 100 ? "%.1f" : "%.0f", ms);
    }

    static String count(long number) {
        return number < 100_000 ? Long.toString(number) : String.format(Locale.ROOT, "%.1fM", number / MEGA);
    }

    private static String megabytes(long bytes) {
        return String.format(Locale.ROOT, bytes < 100 * MEGA ? "%.1f" : "%.0f", bytes / MEGA);
    }
}
