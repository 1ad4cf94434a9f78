package org.unplug.scsi.target;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The tasks of a unit whose backing answers later, in the order that their attributes ask for (SAM-5, 8.8): a simple task starts
 * unless an ordered one is ahead of it, an ordered one starts once it is the oldest, head of queue starts at once.
 */
final class TaskSet {

    /** Most tasks of one unit; beyond it the answer is TASK SET FULL. */
    static final int MOST = 4_096;

    /** Whether a task that came starts, waits, or is refused. */
    enum Admission {
        STARTS,
        WAITS,
        FULL
    }

    // Guarded by this.
    private final Set<Task> started = new LinkedHashSet<>();
    private final ArrayDeque<Task> waiting = new ArrayDeque<>();
    private int orderedStarted;

    synchronized Admission admit(Task task) {
        if (started.size() + waiting.size() >= MOST) {
            return Admission.FULL;
        }
        task.inSet = true;
        if (task.attribute() == Task.Attribute.HEAD_OF_QUEUE || waiting.isEmpty() && mayStart(task)) {
            start(task);
            return Admission.STARTS;
        }
        waiting.add(task);
        return Admission.WAITS;
    }

    private boolean mayStart(Task task) {
        return task.attribute() == Task.Attribute.ORDERED ? started.isEmpty() : orderedStarted == 0;
    }

    private void start(Task task) {
        started.add(task);
        if (task.attribute() == Task.Attribute.ORDERED) {
            orderedStarted++;
        }
    }

    /** A task ended; who starts now. */
    synchronized List<Task> remove(Task task) {
        task.inSet = false;
        if (started.remove(task) && task.attribute() == Task.Attribute.ORDERED) {
            orderedStarted--;
        }
        if (waiting.isEmpty()) {
            return List.of();
        }
        List<Task> next = new ArrayList<>();
        while (!waiting.isEmpty() && mayStart(waiting.peek())) {
            Task one = waiting.remove();
            start(one);
            next.add(one);
        }
        return next;
    }

    /** Takes the waiting ones out, and marks the started ones, that a task management function aborts. */
    synchronized List<Task> abort(Predicate<Task> which) {
        List<Task> out = new ArrayList<>();
        waiting.removeIf(task -> which.test(task) && out.add(task));
        out.forEach(Task::abort);
        started.stream().filter(which).forEach(Task::abort);
        return out;
    }

    /** Whether a task that was aborted is still under way. */
    synchronized boolean has(Predicate<Task> which) {
        return started.stream().anyMatch(which);
    }
}
