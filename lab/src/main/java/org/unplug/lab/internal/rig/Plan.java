package org.unplug.lab.internal.rig;

/**
 * What to do.
 *
 * @param seed makes all choices
 * @param rounds rapid removals and returns on each side
 * @param shuffle stop driver, bus core and fs-mount in a shuffled order
 * @param soak if not 0, only this many removals
 */
public record Plan(long seed, int rounds, boolean shuffle, int soak) {

    /** The command that repeats it. */
    public String command() {
        return "./unplug compare --seed " + seed
                + (soak > 0 ? " --soak " + soak : rounds == 100 ? "" : " --rounds " + rounds)
                + (shuffle ? " --shuffle" : "");
    }
}
