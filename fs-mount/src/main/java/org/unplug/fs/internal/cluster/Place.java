package org.unplug.fs.internal.cluster;

/**
 * Where a node's entries are. Immutable.
 *
 * @param parent the directory; null for the root
 * @param name as it was written
 * @param folded the form of the name in which names that mean the same are equal
 * @param alias the format's second name, by which its entries are known too; or null
 * @param first the slot of its first entry
 * @param last the slot of its last one
 */
public record Place(Node parent, String name, String folded, Object alias, int first, int last) {

    /** The root's. */
    public static Place ofRoot() {
        return new Place(null, "", "", null, 0, 0);
    }

    Place at(int newFirst, int newLast) {
        return new Place(parent, name, folded, alias, newFirst, newLast);
    }

    /** Whether it has an alias that is not the name itself: then that has an entry, and the name has others. */
    public boolean hasOwnAlias() {
        return alias != null && first < last;
    }
}
