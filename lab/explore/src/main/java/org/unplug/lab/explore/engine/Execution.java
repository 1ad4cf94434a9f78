package org.unplug.lab.explore.engine;

import java.util.ArrayList;
import java.util.List;

/**
 * One execution of a scene.
 *
 * @param schedule by which it ran
 * @param steps how many steps it took from the moment that the unplug could come
 * @param marks the steps that the scene has named itself
 * @param broken what went wrong, empty if nothing
 * @param trace the switches, if asked for
 * @param account the scene's own
 */
public record Execution(
        Schedule schedule, int steps, List<Mark> marks, List<String> broken, List<String> trace, Account account) {

    /**
     * A step that has a name of its own.
     *
     * @param step when
     * @param site which
     */
    public record Mark(int step, int site) {}

    /** Plays a scene of a loader's classes. */
    public static Execution of(WeavingLoader classes, Schedule schedule, States states, boolean traced) {
        Scheduler scheduler = new Scheduler(schedule, states, traced);
        Scene scene = classes.scene(scheduler, schedule.scene());
        List<String> broken = new ArrayList<>(scheduler.run(scene));
        Account account = scene.account();
        broken.addAll(account.broken());
        return new Execution(
                schedule,
                scheduler.steps(),
                List.copyOf(scheduler.marks()),
                List.copyOf(broken),
                List.copyOf(scheduler.trace()),
                account);
    }

    public boolean isBroken() {
        return !broken.isEmpty();
    }
}
