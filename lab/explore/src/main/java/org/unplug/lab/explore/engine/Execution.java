package org.unplug.lab.explore.engine;

import java.util.ArrayList;
import java.util.List;

/**
 * One execution of a scene.
 *
 * @param schedule by which it ran
 * @param steps how many steps it took from the moment that the unplug could come
 * @param broken what went wrong, empty if nothing
 * @param trace the switches, if asked for
 */
public record Execution(Schedule schedule, int steps, List<String> broken, List<String> trace) {

    /** Plays a scene of a loader's classes. */
    public static Execution of(WeavingLoader classes, Schedule schedule, States states, boolean traced) {
        Scheduler scheduler = new Scheduler(schedule, states, traced);
        Scene scene = classes.scene(scheduler, schedule.scene());
        List<String> broken = new ArrayList<>(scheduler.run(scene));
        broken.addAll(scene.broken());
        return new Execution(schedule, scheduler.steps(), List.copyOf(broken), List.copyOf(scheduler.trace()));
    }

    public boolean isBroken() {
        return !broken.isEmpty();
    }
}
