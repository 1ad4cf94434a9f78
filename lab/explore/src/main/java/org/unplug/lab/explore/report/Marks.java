package org.unplug.lab.explore.report;

import java.util.Locale;
import org.unplug.lab.explore.engine.Account;
import org.unplug.lab.explore.matrix.Cell;

/** The few words that every form of the matrix uses. */
final class Marks {

    private Marks() {}

    static String word(Cell cell) {
        return switch (cell.outcome()) {
            case HOLDS -> "holds";
            case BROKEN -> "broken";
            case NOT_OBSERVED -> "not observable";
            case NOT_PROMISED -> "not promised";
        };
    }

    /** How often, and what was seen. */
    static String seen(Cell cell) {
        if (cell.executions() == 0) {
            return "nothing to judge it by";
        }
        return cell.broken() == 0
                ? String.format(Locale.ROOT, "kept in all of %,d executions", cell.executions())
                : String.format(
                        Locale.ROOT,
                        "not kept in %,d of %,d executions: %s",
                        cell.broken(),
                        cell.executions(),
                        cell.seen());
    }

    static String time(long ms) {
        return ms == Account.NEVER ? "never" : String.format(Locale.ROOT, "%,d ms", ms);
    }

    /** The command that plays it again. */
    static String again(Cell cell) {
        return "./unplug explore --replay '" + cell.shortest().schedule() + "'";
    }
}
