package org.unplug.lab.explore.scene;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.unplug.lab.explore.engine.Account;
import org.unplug.lab.explore.engine.Account.Happening;
import org.unplug.lab.explore.engine.Scheduler;

/** What is written down of an execution: who did what to whom, which lines of the contract were looked at, and which were broken. */
final class Notes {

    /** Whom the tasks act upon. */
    static final String LAYER = "block layer";

    static final String DRIVER = "driver";
    static final String SERVER = "server";
    /** Who has the disk open, and plays the scene. */
    static final String HOLDER = "holder";

    static final String FILES = "files";
    static final String UNMOUNT = "unmount";

    private final Scheduler scheduler;
    private final List<String> broken = new ArrayList<>();
    private final Set<String> judged = new LinkedHashSet<>();
    private final List<Happening> story = new ArrayList<>();
    private long returnMs;

    Notes(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    /** Who runs. */
    String who() {
        String task = scheduler.task();
        return task.equals("scene") ? HOLDER : task;
    }

    /** Whoever runs did something. */
    void did(String to, String what) {
        happened(who(), to, what);
    }

    void happened(String from, String to, String what) {
        story.add(new Happening(from, to, what, ""));
    }

    /** There was something to judge these lines by. */
    void looked(String... lines) {
        judged.addAll(List.of(lines));
    }

    /** @param text begins with the line's name and a blank, or is of no line */
    void broken(String text) {
        broken(who(), text);
    }

    /** @param who it happened to */
    void broken(String who, String text) {
        broken.add(text);
        if (text.matches("R\\d+ .*")) {
            int blank = text.indexOf(' ');
            looked(text.substring(0, blank));
            story.add(new Happening(who, LAYER, text.substring(blank + 1), text.substring(0, blank)));
        }
    }

    void returnedAfter(long ms) {
        returnMs = Math.max(returnMs, ms);
    }

    Account account() {
        return new Account(broken, judged, story, returnMs);
    }
}
