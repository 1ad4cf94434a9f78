package org.unplug.itests;

/** Seeds of what a test shuffles: printed, and taken from the property {@code unplug.seed} to repeat a run. */
final class Seeds {

    private Seeds() {}

    static long next() {
        long seed = Long.getLong("unplug.seed", System.nanoTime());
        System.out.println("to repeat: -Dunplug.seed=" + seed);
        return seed;
    }
}
