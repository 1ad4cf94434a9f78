package org.unplug.lab.explore.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which of all interleavings: at which step the unplug comes, where else a thread is preempted in favour of which other, and a seed for
 * who goes on when one blocks. Written as text it is a seed that a person can type: {@code raw/yank/none@137+201.2~5}.
 *
 * @param scene shape, kind and scheduler or era, as "raw/yank/none"
 * @param unplugAt the step at which the unplug comes, or {@link #AT_THE_END}, written "end"
 * @param preemptions each at a step of its own, ascending
 * @param seed for choices that nobody made; 0 takes the next in turn
 */
public record Schedule(String scene, int unplugAt, List<Preemption> preemptions, long seed) {

    /** The unplug comes when nobody else has anything to do. */
    public static final int AT_THE_END = Integer.MAX_VALUE;

    private static final String END = "end";
    private static final Pattern TEXT = Pattern.compile("([a-z0-9./-]+)@(\\d+|end)((?:\\+\\d+\\.\\d+)*)(?:~(\\d+))?");

    /**
     * Somebody else goes on.
     *
     * @param step when
     * @param choice counts those that can, after the one that runs
     */
    public record Preemption(int step, int choice) {}

    public Schedule {
        preemptions = List.copyOf(preemptions);
    }

    /**
     * The schedule that {@link #toString} wrote.
     *
     * @throws IllegalArgumentException in one line
     */
    public static Schedule parse(String text) {
        Matcher match = TEXT.matcher(text);
        if (!match.matches()) {
            throw new IllegalArgumentException(
                    "'" + text + "' is no schedule; one looks like raw/yank/none@137+201.2~5");
        }
        List<Preemption> preemptions = new ArrayList<>();
        for (String part : match.group(3).split("\\+", -1)) {
            if (!part.isEmpty()) {
                String[] two = part.split("\\.", -1);
                preemptions.add(new Preemption(Integer.parseInt(two[0]), Integer.parseInt(two[1])));
            }
        }
        long seed = match.group(4) == null ? 0 : Long.parseLong(match.group(4));
        int unplugAt = match.group(2).equals(END) ? AT_THE_END : Integer.parseInt(match.group(2));
        return new Schedule(match.group(1), unplugAt, preemptions, seed);
    }

    /** The same without one of its preemptions. */
    public Schedule without(Preemption one) {
        return new Schedule(
                scene,
                unplugAt,
                preemptions.stream().filter(p -> !p.equals(one)).toList(),
                seed);
    }

    public Schedule withSeed(long newSeed) {
        return new Schedule(scene, unplugAt, preemptions, newSeed);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(scene).append('@').append(unplugAt == AT_THE_END ? END : unplugAt);
        preemptions.forEach(p -> text.append('+').append(p.step()).append('.').append(p.choice()));
        return seed == 0 ? text.toString() : text.append('~').append(seed).toString();
    }
}
