package org.unplug.lab.internal.contract;

import java.util.List;
import java.util.Map;
import org.unplug.lab.internal.load.Pulse;

/**
 * How a scenario went on one side.
 *
 * @param side as "MMC"
 * @param scenario what was done
 * @param verdicts for each line
 * @param figures what was measured
 * @param moments of one removal, in their order; empty if it was not watched
 * @param trace the load around one removal, or null
 */
public record Course(
        String side,
        Scenario scenario,
        Map<Line, Verdict> verdicts,
        Figures figures,
        List<Moment> moments,
        Trace trace) {

    /**
     * The load of both sides around a removal.
     *
     * @param beganNanos the removal on our clock
     * @param endedNanos its return
     * @param mine the side that lost its disk
     * @param other the side that did not
     */
    public record Trace(long beganNanos, long endedNanos, List<Pulse.Beat> mine, List<Pulse.Beat> other) {}

    public Course {
        verdicts = Map.copyOf(verdicts);
        moments = List.copyOf(moments);
    }

    public boolean isBroken() {
        return verdicts.values().stream().anyMatch(Verdict::isBroken);
    }
}
