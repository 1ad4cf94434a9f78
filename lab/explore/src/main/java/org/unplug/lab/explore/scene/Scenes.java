package org.unplug.lab.explore.scene;

import org.unplug.lab.explore.engine.Scene;
import org.unplug.lab.explore.engine.Scheduler;

/** Makes scenes by name: shape/kind/scheduler. */
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
        return new World(scheduler, Shape.named(words[0]), Unplug.named(words[1]), words[2]);
    }
}
