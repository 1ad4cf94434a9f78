package org.unplug.lab.explore.engine;

import java.util.List;
import java.util.Set;

/**
 * What a scene has to say of itself.
 *
 * @param broken which lines of the contract were broken, each with what was seen: "R1 an open succeeded"
 * @param judged the lines that there was something to judge by: "R1"
 * @param story what happened, in order
 * @param returnMs the virtual time that the slowest removal took, or {@link #NEVER}
 */
public record Account(List<String> broken, Set<String> judged, List<Happening> story, long returnMs) {

    /** A removal that had not returned when the scene was given up. */
    public static final long NEVER = Long.MAX_VALUE;

    /**
     * Somebody did something to somebody.
     *
     * @param from who: a task, or a part of the world
     * @param to whom; the same for what it did to itself
     * @param what in a few words
     * @param line which line of the contract that broke, or empty
     */
    public record Happening(String from, String to, String what, String line) {}

    public Account {
        broken = List.copyOf(broken);
        judged = Set.copyOf(judged);
        story = List.copyOf(story);
    }

    /** Whether a line was broken. */
    public boolean breaks(String line) {
        return broken.stream().anyMatch(text -> text.startsWith(line + " "));
    }
}
