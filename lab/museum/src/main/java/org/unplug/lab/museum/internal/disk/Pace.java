package org.unplug.lab.museum.internal.disk;

/** Told before each step of a protocol, on the thread that makes it and under no lock: where a schedule may switch. */
@FunctionalInterface
public interface Pace {
    Pace NONE = step -> {};

    /** @param step a constant of Step or Entry */
    void before(Enum<?> step);
}
