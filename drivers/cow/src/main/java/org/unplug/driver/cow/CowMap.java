package org.unplug.driver.cow;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * Which blocks were written, and where in the store each lies. A block is given its place before its first write, and shows
 * from there once that write has succeeded; places are given from the beginning of the store on. Thread-safe.
 */
final class CowMap {

    static final long NONE = -1;

    private final long places;
    private final Map<Long, Long> placeOf = new HashMap<>();
    /** By place. */
    private final BitSet written = new BitSet();

    CowMap(long places) {
        this.places = Math.min(places, Integer.MAX_VALUE);
    }

    /** Gives every block of a run its place. False, and nothing is given, if there is not room for all. */
    synchronized boolean reserve(long block, long blocks) {
        long needed = 0;
        for (long b = block; b < block + blocks; b++) {
            needed += placeOf.containsKey(b) ? 0 : 1;
        }
        if (placeOf.size() + needed > places) {
            return false;
        }
        for (long b = block; b < block + blocks; b++) {
            placeOf.putIfAbsent(b, (long) placeOf.size());
        }
        return true;
    }

    /** The place that a block has been given. */
    synchronized long place(long block) {
        return placeOf.getOrDefault(block, NONE);
    }

    /** Where a block shows from; NONE for the origin. */
    synchronized long shownAt(long block) {
        long place = placeOf.getOrDefault(block, NONE);
        return place != NONE && written.get((int) place) ? place : NONE;
    }

    /** A run was written: it shows from the store now. */
    synchronized void written(long block, long blocks) {
        for (long b = block; b < block + blocks; b++) {
            written.set(placeOf.get(b).intValue());
        }
    }
}
