package org.unplug.lab.explore.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The places in woven code where a switch may come, numbered in the order in which they were woven. */
public final class Sites {

    private static final List<String> NAMES = new ArrayList<>(List.of("its beginning or end"));

    private static final Map<String, Integer> NAMED = new HashMap<>();

    private Sites() {}

    /** The number of a place that is not in woven code. */
    static synchronized int named(String name) {
        return NAMED.computeIfAbsent(name, Sites::number);
    }

    static synchronized int number(String name) {
        NAMES.add(name);
        return NAMES.size() - 1;
    }

    static synchronized String name(int site) {
        return NAMES.get(site);
    }

    public static synchronized int count() {
        return NAMES.size() - 1;
    }
}
