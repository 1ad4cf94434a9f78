package org.unplug.lab.explore.scene;

import java.util.Arrays;
import org.unplug.lab.explore.engine.Scene;
import org.unplug.lab.explore.engine.Scheduler;
import org.unplug.lab.museum.internal.protocol.Era;

/** Makes scenes by name: shape/kind/scheduler over our block layer, shape/kind/era over that of an era. */
public final class Scenes {

    private Scenes() {}

    /**
     * A new scene.
     *
     * @throws IllegalArgumentException naming what is not known
     */
    public static Scene make(Scheduler scheduler, String name) {
        String[] words = name.split("/", -1);
        if (words.length != 3) {
            throw new IllegalArgumentException("'" + name + "' is no scene; one looks like raw/yank/none");
        }
        Notes notes = new Notes(scheduler);
        Time time = new Time(scheduler);
        boolean isPast = Arrays.stream(Era.values()).anyMatch(era -> era.id().equals(words[2]));
        Layer layer = isPast ? new PastLayer(Era.named(words[2]), time, notes) : new OurLayer(time, notes);
        return new World(time, layer, notes, Shape.named(words[0]), Unplug.named(words[1]), isPast ? "none" : words[2]);
    }
}
