package org.unplug.shell.command;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What can be asked of one kind of filter, or told it, at run time: verbs of {@code filter DISK}. Each kind is a component that is
 * there as long as its driver's package is. Any thread.
 */
public interface Knob {

    /** The filter's name, as "error". */
    String filter();

    /** As "arm" and what it takes, for a person: "arm [operations=write] [rate=0.1]". The first word is the verb. */
    List<String> usages();

    /** The disks that have such a filter, whether in their queue or as a disk over another. */
    Set<String> disks();

    /** How a disk's filter is, in a few words. */
    String state(String disk);

    /**
     * Does what a verb says.
     *
     * @param words those without "="
     * @param options those with
     * @return rows, or null
     */
    Object turn(String disk, String verb, List<String> words, Map<String, String> options) throws IOException;
}
