package org.unplug.lab.explore.engine;

import java.util.ArrayList;
import java.util.List;

/** The places in woven code where a switch may come, numbered in the order in which they were woven. */
public final class Sites {

    private static final List<String> NAMES = new ArrayList<>(List.of("its beginning or end"));

    private Sites() {}

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
