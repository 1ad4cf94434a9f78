package org.unplug.lab.explore.matrix;

import org.unplug.lab.explore.engine.Execution;

/**
 * What became of a line under a protocol.
 *
 * @param promise what was promised of it
 * @param executions in which there was something to judge it by
 * @param broken in how many of them it was not kept
 * @param shortest the shortest of those, or null
 * @param seen what was seen in that one, or empty
 */
public record Cell(Promise promise, int executions, int broken, Execution shortest, String seen) {

    /** The short answer. */
    public enum Outcome {
        HOLDS,
        BROKEN,
        NOT_PROMISED,
        NOT_OBSERVED
    }

    public Outcome outcome() {
        if (!promise.made()) {
            return Outcome.NOT_PROMISED;
        }
        return executions == 0 ? Outcome.NOT_OBSERVED : broken > 0 ? Outcome.BROKEN : Outcome.HOLDS;
    }

    /** Whether it was kept wherever there was something to judge it by. */
    public boolean isKept() {
        return executions > 0 && broken == 0;
    }
}
