package org.unplug.lab.explore.matrix;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.unplug.lab.explore.engine.Account;
import org.unplug.lab.explore.engine.Account.Happening;
import org.unplug.lab.internal.contract.Line;

/**
 * What happened until a line broke, as far as it concerns those who broke it: the removers, whoever it happened to, and from the unplug
 * on what the driver and the holder saw.
 *
 * @param happenings in order, the last one is the failure; what was left out between is one with an empty sender
 */
public record Story(List<Happening> happenings) {

    /** Whom everybody acts upon. */
    public static final String LAYER = "block layer";

    private static final String DRIVER = "driver";
    private static final int BEFORE = 2;
    private static final int BEGINNING = 8;
    private static final int ENDING = 12;

    public static Story of(Account account, Line line) {
        List<Happening> all = account.story();
        int end = 0;
        while (end < all.size() && !all.get(end).line().equals(line.name())) {
            end++;
        }
        if (end == all.size()) {
            return new Story(List.of());
        }
        String whom = all.get(end).from();
        int unplug = 0;
        while (unplug < end && !all.get(unplug).from().endsWith("remover")) {
            unplug++;
        }
        List<Happening> kept = new ArrayList<>();
        for (int i = 0; i < unplug; i++) {
            if (concerns(all.get(i), whom)) {
                kept.add(all.get(i));
            }
        }
        kept = new ArrayList<>(kept.subList(Math.max(0, kept.size() - BEFORE), kept.size()));
        for (int i = unplug; i <= end; i++) {
            Happening each = all.get(i);
            boolean told = each.line().isEmpty() || i == end;
            boolean seen = each.from().endsWith("remover") || each.to().equals("holder") || isDriver(each);
            if (told && (concerns(each, whom) || seen)) {
                kept.add(each);
            }
        }
        return new Story(shortened(kept));
    }

    private static boolean concerns(Happening each, String whom) {
        return each.from().equals(whom) || each.to().equals(whom);
    }

    private static boolean isDriver(Happening each) {
        return each.to().equals(DRIVER);
    }

    private static List<Happening> shortened(List<Happening> all) {
        if (all.size() <= BEGINNING + ENDING) {
            return all;
        }
        List<Happening> some = new ArrayList<>(all.subList(0, BEGINNING));
        some.add(new Happening("", "", (all.size() - BEGINNING - ENDING) + " more", ""));
        some.addAll(all.subList(all.size() - ENDING, all.size()));
        return some;
    }

    /** Those who took part: tasks in the order in which they come, then the block layer, then the driver. */
    public List<String> lanes() {
        Set<String> tasks = new LinkedHashSet<>();
        for (Happening each : happenings) {
            tasks.add(each.from());
            tasks.add(each.to());
        }
        tasks.remove("");
        List<String> lanes = new ArrayList<>(tasks);
        for (String last : List.of(LAYER, DRIVER)) {
            if (lanes.remove(last)) {
                lanes.add(last);
            }
        }
        return lanes;
    }

    /** What was seen at last. */
    public String end() {
        return happenings.isEmpty() ? "" : happenings.get(happenings.size() - 1).what();
    }
}
