package org.unplug.lab.internal.contract;

import java.util.function.Function;

/**
 * An observation, or the reason why there is none. One that is missing is never taken for a good one.
 *
 * @param what what was observed, or null
 * @param reason why nothing was, or null
 * @param <T> what is observed
 */
public record Seen<T>(T what, String reason) {

    public Seen {
        if ((what == null) == (reason == null)) {
            throw new IllegalArgumentException("an observation or a reason, not both: " + what + ", " + reason);
        }
    }

    public static <T> Seen<T> of(T what) {
        return new Seen<>(what, null);
    }

    public static <T> Seen<T> not(String reason) {
        return new Seen<>(null, reason);
    }

    public boolean isThere() {
        return what != null;
    }

    Verdict judgedBy(Function<T, Verdict> rule) {
        return what == null ? Verdict.notObserved(reason) : rule.apply(what);
    }
}
