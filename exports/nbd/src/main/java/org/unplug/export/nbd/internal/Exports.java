package org.unplug.export.nbd.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a server offers, by name. The empty name stands for the one export there is. */
final class Exports {

    /** Guarded by this. */
    private final Map<String, Export> byName = new TreeMap<>();

    /** Offers another one, unless the name is taken. */
    synchronized void add(Export export) {
        byName.putIfAbsent(export.name(), export);
    }

    synchronized void remove(Export export) {
        byName.remove(export.name(), export);
    }

    /** Null if there is no such export. */
    synchronized Export find(String name) {
        Export found = byName.get(name);
        return found == null && name.isEmpty() && byName.size() == 1
                ? byName.values().iterator().next()
                : found;
    }

    synchronized List<Export> all() {
        return new ArrayList<>(byName.values());
    }
}
