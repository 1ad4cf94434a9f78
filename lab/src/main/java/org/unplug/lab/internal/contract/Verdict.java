package org.unplug.lab.internal.contract;

import java.util.List;

/**
 * What became of a line.
 *
 * @param outcome the short answer
 * @param text what was observed, or why nothing could be
 */
public record Verdict(Outcome outcome, String text) {

    /** The short answer. */
    public enum Outcome {
        /** Observed, and as promised. */
        HOLDS,
        /** Observed otherwise. */
        BROKEN,
        /** Could not be observed: proves nothing. */
        NOT_OBSERVED
    }

    public static Verdict holds(String observed) {
        return new Verdict(Outcome.HOLDS, observed);
    }

    public static Verdict broken(String observed) {
        return new Verdict(Outcome.BROKEN, observed);
    }

    public static Verdict notObserved(String reason) {
        return new Verdict(Outcome.NOT_OBSERVED, reason);
    }

    /** Holds if there is no complaint, otherwise broken by all of them. */
    static Verdict unless(List<String> complaints, String observed) {
        return complaints.isEmpty() ? holds(observed) : broken(String.join("; ", complaints));
    }

    public boolean isBroken() {
        return outcome == Outcome.BROKEN;
    }
}
