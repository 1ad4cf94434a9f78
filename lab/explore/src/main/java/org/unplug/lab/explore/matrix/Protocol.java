package org.unplug.lab.explore.matrix;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.unplug.lab.internal.contract.Line;
import org.unplug.lab.museum.internal.protocol.Era;

/**
 * A removal protocol that is compared.
 *
 * @param id its last word in the name of a scene
 * @param title for people
 * @param isOurs whether it is Unplug's
 * @param promises for each line
 */
public record Protocol(String id, String title, boolean isOurs, Map<Line, Promise> promises) {

    /** The scenes that every protocol plays. */
    private static final List<String> SCENES =
            List.of("raw/eject", "raw/yank", "raw/swap", "stuck/eject", "part/eject", "fat/eject", "fat/yank");
    /** Eras have no answer to two removers of their own: the museum lets the second one wait. */
    private static final String TWO_REMOVERS = "raw/two";

    public static List<Protocol> all() {
        List<Protocol> all = new ArrayList<>();
        for (Era era : Era.values()) {
            all.add(new Protocol(era.id(), era.title(), false, Promises.of(era)));
        }
        all.add(new Protocol("none", "Unplug", true, Promises.ours()));
        return all;
    }

    /** Whether a scene of that name is played over one of these. */
    public static boolean isScene(String name) {
        return all().stream().anyMatch(protocol -> protocol.scenes().contains(name));
    }

    List<String> scenes() {
        List<String> scenes = new ArrayList<>();
        SCENES.forEach(scene -> scenes.add(scene + "/" + id));
        if (isOurs) {
            scenes.add(TWO_REMOVERS + "/" + id);
        }
        return scenes;
    }

    /** What a person types: the era's name. */
    public String shown() {
        return isOurs ? "ours" : id;
    }
}
